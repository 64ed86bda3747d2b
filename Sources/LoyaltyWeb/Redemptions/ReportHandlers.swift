import FastCGI
import HTTPTypes
import LoyaltyRules
import LoyaltyStore

extension Site {
    /// `GET /dashboard/redemptions`.
    func showRedemptionReport(_ visit: Visit) throws -> Response {
        let query = ReportQuery(visit.query, today: visit.settings.business.calendar.day(of: .now()))
        let contacts = ContactWords(isMasked: visit.role.seesMaskedContacts)
        do {
            let asked = try query.validated()
            let page = try ReportPage(
                query, asked.grouping, lines: try lines(asked, visit),
                discounts: try visit.store.posDiscountReport(
                    from: asked.first, through: asked.last, calendar: visit.settings.business.calendar),
                contacts: contacts, link: visit.link)
            return try render(page, for: visit, in: .redemptions)
        } catch let problems as FormProblems {
            let page = try ReportPage(
                query, .day, lines: [], problems: problems, contacts: contacts, link: visit.link)
            return try render(page, for: visit, in: .redemptions, status: .unprocessableContent)
        }
    }

    /// `GET /dashboard/redemptions.csv`: the same lines, for a spreadsheet.
    func sendRedemptionReport(_ visit: Visit) throws -> Response {
        let query = ReportQuery(visit.query, today: visit.settings.business.calendar.day(of: .now()))
        let asked: ReportQuery.Asked
        do {
            asked = try query.validated()
        } catch {
            throw Refusal(.invalidRequest, error.words)
        }
        let contacts = ContactWords(isMasked: visit.role.seesMaskedContacts)
        let head = [
            asked.grouping.rawValue, "taken", "given_back", "given_back_percent", "points", "dollars", "average_order",
        ]
        let rows = try lines(asked, visit).map { line in
            [
                asked.grouping.shown(line.name, contacts: contacts), "\(line.taken)", "\(line.givenBack)",
                line.rateText, "\(line.points)", line.value.dollarsText, line.averageOrder?.dollarsText ?? "",
            ]
        }
        var response = Response.content(CSV.bytes([head] + rows), type: "text/csv; charset=utf-8; header=present")
        response.setHeader(
            .contentDisposition,
            "attachment; filename=\"redemptions-by-\(asked.grouping.rawValue)-\(asked.first)-\(asked.last).csv\"")
        return response
    }

    private func lines(_ asked: ReportQuery.Asked, _ visit: Visit) throws -> [RedemptionReportLine] {
        try visit.store.redemptionReport(
            by: asked.grouping, from: asked.first, through: asked.last, calendar: visit.settings.business.calendar)
    }
}
