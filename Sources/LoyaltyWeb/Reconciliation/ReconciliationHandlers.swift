import FastCGI
import HTTPTypes
import LoyaltyRules
import LoyaltyStore

extension Site {
    /// What waits for a decision, or what was decided.
    func showReconciliation(_ visit: Visit) throws -> Response { try reconciliationPage(visit) }

    private func reconciliationPage(
        _ visit: Visit, refused: ReconciliationPage.Refused? = nil, notFound: FormProblems? = nil,
        status: HTTPResponse.Status = .ok
    ) throws -> Response {
        let isOpen = try visit.query.single("show") != "resolved"
        let contents = ReconciliationPage.Contents(
            isOpen: isOpen, records: try visit.store.discrepancies(isOpen: isOpen, visit.range(), limit: 50),
            incidents: try visit.store.incidents(isOpen: isOpen, limit: 10, samples: 5))
        let page = ReconciliationPage(
            contents, settings: visit.settings, role: visit.role, refused: refused, notFound: notFound, link: visit.link
        )
        return try render(page, for: visit, in: .reconciliation, status: status)
    }

    /// One difference with its evidence.
    func showDiscrepancy(_ visit: Visit) throws -> Response { try discrepancyPage(visit.id("id"), visit) }

    private func discrepancyPage(
        _ id: DiscrepancyID, _ visit: Visit, refused: (form: DiscrepancyForm, problems: FormProblems)? = nil,
        status: HTTPResponse.Status = .ok
    ) throws -> Response {
        guard let card = try visit.store.discrepancy(id) else {
            throw Refusal(.notFound, "There is no such difference.")
        }
        let record = card.record
        let page = DiscrepancyPage(
            .init(
                card: card,
                readings: try visit.store.alpineReadings(of: record.customer, upTo: record.requestedAt, limit: 5),
                entries: try visit.store.ledger(of: record.customer, upTo: record.requestedAt, limit: 5)),
            settings: visit.settings, role: visit.role, refused: refused, link: visit.link)
        return try render(page, for: visit, in: .reconciliation, status: status)
    }

    /// Decides which number stands.
    func resolveDiscrepancy(_ visit: Visit) throws -> Response {
        let id: DiscrepancyID = try visit.id("id")
        let form = DiscrepancyForm(from: visit.form)
        do {
            let (choice, reason) = try form.validated()
            switch try resolve(id, choice, reason: reason, visit) {
            case .done(let moved, let balance, let pushed):
                let notice = Self.notice(choice, moved: moved, balance: balance, pushed: pushed)
                return try seeOther(Path.reconciliation, for: visit, notice: notice)
            case .alreadyDone:
                return try seeOther(Path.reconciliation, for: visit, notice: "That was decided already, once.")
            case .decidedOtherwise:
                return try seeOther(
                    "\(Path.reconciliation)/\(id)", for: visit,
                    notice: "Nothing was done: this was decided before, in another way.")
            case .beyondAvailable(let needed, let available, let balance):
                let reserved = balance - available
                let held =
                    reserved > 0
                    ? " The balance is \(groupedDigits(balance)), of which \(groupedDigits(reserved)) are reserved."
                    : ""
                throw FormProblems(
                    field: "action",
                    "\(Words.points(needed)) would have to be taken, and \(Words.points(available)) are free.\(held)")
            case .belowHolds(let held):
                throw FormProblems(
                    field: "points", "\(Words.points(held)) are reserved. Enter at least as many.")
            }
        } catch let problems as FormProblems {
            return try discrepancyPage(id, visit, refused: (form, problems), status: .unprocessableContent)
        }
    }

    private func resolve(
        _ id: DiscrepancyID, _ choice: DiscrepancyDecision.Choice, reason: String, _ visit: Visit
    ) throws -> ResolutionResult {
        let word =
            switch choice {
            case .accept: "accept"
            case .keep: "keep"
            case .set(let points): "set to \(points)"
            }
        return try visit.store.resolve(
            id,
            by: DiscrepancyDecision(choice, reason: reason, user: visit.user, requestID: visit.request.id),
            audit: visit.audit("reconciliation.resolve", subject: "\(id)", detail: "\(word): \(reason)"), at: .now())
    }

    private static func notice(
        _ choice: DiscrepancyDecision.Choice, moved: Int64, balance: Int64, pushed: Int64
    ) -> String {
        let what =
            switch choice {
            case .accept: "Alpine’s number stands."
            case .keep: "Our number stands."
            case .set: "The number was set."
            }
        let here = moved == 0 ? "" : " The balance is \(groupedDigits(balance)) now."
        return "\(what)\(here)"
            + (pushed == 0 ? "" : " Alpine is told to change its number by \(Words.signed(pushed)).")
    }

    /// Accepts Alpine's number for all that were chosen.
    func acceptDiscrepancies(_ visit: Visit) throws -> Response {
        let texts = visit.form.all("id[]")
        let ids = texts.compactMap { DiscrepancyID($0) }
        guard !ids.isEmpty, ids.count == texts.count, ids.count <= 200 else {
            let problem = FormProblems(field: "id[]", "Choose from 1 to 200 differences of the list.")
            return try reconciliationPage(visit, notFound: problem, status: .unprocessableContent)
        }
        var (done, left) = (0, 0)
        for id in Set(ids).sorted() {
            do {
                switch try resolve(id, .accept, reason: "", visit) {
                case .done, .alreadyDone: done += 1
                case .decidedOtherwise, .beyondAvailable, .belowHolds: left += 1
                }
            } catch let refusal as Refusal where refusal.code == .conflict {
                left += 1
            }
        }
        let rest =
            left == 0 ? "" : " \(Words.counted(Int64(left), "difference was", "differences were")) left as they were."
        return try seeOther(
            Path.reconciliation, for: visit,
            notice: "Alpine’s number stands for \(Words.counted(Int64(done), "customer", "customers")).\(rest)")
    }

    /// Decides about many differences as a whole.
    func decideIncident(_ visit: Visit) throws -> Response {
        let id: IncidentID = try visit.id("id")
        var reader = FormReader(visit.form)
        let (action, typed) = (reader.text("action"), reader.text("reason"))
        do {
            var problems = reader.problems
            let decision = IncidentDecision(rawValue: action)
            if decision == nil { problems.add("action", "Choose whether Alpine’s numbers are taken or ours are kept.") }
            let reason = problems.line(typed, "reason", 0...200, "At most 200 characters.")
            let result = try visit.store.decide(
                id, try problems.checked(decision ?? .reject), reason: reason, by: visit.user,
                audit: visit.audit("reconciliation.incident", subject: "\(id)", detail: "\(action): \(reason)"),
                at: .now())
            return try seeOther(Path.reconciliation, for: visit, notice: try carryOut(result, decision, visit))
        } catch let problems as FormProblems {
            guard try visit.store.incident(id) != nil else {
                throw Refusal(.notFound, "There is no such change at Alpine.")
            }
            return try reconciliationPage(
                visit, refused: .init(incident: id, reason: typed, problems: problems),
                status: .unprocessableContent)
        }
    }

    /// Takes the numbers at once where they are not too many; the next sync does the rest.
    private func carryOut(
        _ result: DecisionResult<IncidentState>, _ decision: IncidentDecision?, _ visit: Visit
    ) throws -> String {
        if case .decidedOtherwise = result { return "Nothing was done: this was decided before, in another way." }
        let isNew = result == .decided ? "" : "That was decided before. "
        guard decision == .apply else { return isNew + "Our numbers stand." }
        for _ in 0..<20
        where try visit.store.postDecidedIncidents(
            limit: 100, requestID: visit.request.id, at: .now()) == 0
        { return isNew + "Alpine’s numbers were taken." }
        return isNew + "Alpine’s numbers are being taken; the next sync does the rest."
    }
}
