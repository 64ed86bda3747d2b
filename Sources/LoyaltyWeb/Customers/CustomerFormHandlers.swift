import FastCGI
import HTTPTypes
import LoyaltyRules
import LoyaltyStore

extension Site {
    /// Gives or takes points, once for each form that was shown.
    func adjustPoints(_ visit: Visit) throws -> Response {
        let id: CustomerID = try visit.id("id")
        var form = AdjustForm(from: visit.form)
        do {
            let asked = try form.validated(limit: visit.role.adjustmentMax(visit.settings))
            let result = try visit.store.adjust(
                id,
                by: Adjustment(
                    points: asked.points, reason: asked.reason, key: "adjustment:form:\(asked.key)", user: visit.user,
                    requestID: visit.request.id),
                audit: visit.audit("customer.adjust", subject: "\(id)", detail: "\(Words.signed(asked.points)) points"),
                at: .now())
            switch result {
            case .posted(_, let available):
                let done = "\(Words.points(abs(asked.points))) \(asked.points > 0 ? "added" : "taken")."
                return try backToCustomer(id, visit, "\(done) \(Words.points(available)) can be used now.")
            case .alreadyThere(let available):
                return try backToCustomer(
                    id, visit, "That was done already, once. \(Words.points(available)) can be used now.")
            case .beyondAvailable(let available, let balance):
                throw FormProblems(field: "points", Self.shortfall(available: available, balance: balance))
            case .keyTaken:
                form.requestKey = AdjustForm().requestKey
                throw FormProblems(
                    field: "request_key",
                    "This form was sent before with other points, and that stands. Look at the balance first.")
            }
        } catch let problems as FormProblems {
            return try refusedPage(id, visit, .adjusting(form), problems)
        }
    }

    private static func shortfall(available: Int64, balance: Int64) -> String {
        let held = balance - available
        let reserved =
            held > 0 ? " The balance is \(groupedDigits(balance)), of which \(groupedDigits(held)) are reserved." : ""
        return "At most \(Words.points(available)) can be taken.\(reserved)"
    }

    /// Adds a note to the timeline.
    func addNote(_ visit: Visit) throws -> Response {
        let id: CustomerID = try visit.id("id")
        let form = NoteForm(from: visit.form)
        do {
            try visit.store.addNote(form.validated(), to: id, by: visit.user, at: .now())
            return try backToCustomer(id, visit, "Note added.")
        } catch let problems as FormProblems {
            return try refusedPage(id, visit, .noting(form), problems)
        }
    }

    /// Gives a tier by hand, or lets it go by spend again.
    func pinTier(_ visit: Visit) throws -> Response {
        let id: CustomerID = try visit.id("id")
        let form = TierPinForm(from: visit.form)
        do {
            let now = Instant.now()
            let tiers = visit.settings.tiers
            let asked = try form.validated(
                tiers: tiers.tiers, today: visit.settings.business.calendar.day(of: now))
            let words = asked.tier.map(tiers.name) ?? "by spend"
            let until = asked.tier == nil ? "" : asked.until.map { ", until \($0)" } ?? ", for good"
            let held = try visit.store.pin(
                TierPinning(
                    customer: id, tier: asked.tier, until: asked.until, reason: asked.reason, user: visit.user,
                    requestID: visit.request.id),
                audit: visit.audit("customer.tier", subject: "\(id)", detail: words + until), at: now)
            let how = asked.tier == nil ? "It goes by spend again." : "It stays so whatever is spent."
            return try backToCustomer(id, visit, "The tier is \(tiers.name(of: held)) now. \(how)")
        } catch let problems as FormProblems {
            return try refusedPage(id, visit, .pinning(form), problems)
        }
    }

    /// Records a step of verifying equity.
    func recordEquity(_ visit: Visit) throws -> Response {
        let id: CustomerID = try visit.id("id")
        let form = EquityForm(from: visit.form)
        do {
            let now = Instant.now()
            let calendar = visit.settings.business.calendar
            let customer = try customerDetail(id, visit)
            let today = calendar.day(of: now)
            let current = customer.equity?.status(on: today) ?? .none
            let record = try form.validated(after: current, today: today, at: now)
            // Neither document nor reason: the log outlives an erased customer.
            let until = record.expiresOn.map { ", until \($0)" } ?? ""
            let audit = visit.audit(
                "customer.equity", subject: "\(id)", detail: "\(current.rawValue) to \(record.status.rawValue)\(until)")
            do {
                try visit.store.recordEquity(record, of: id, by: visit.user, in: calendar, audit: audit)
            } catch let refusal as Refusal where refusal.code == .invalidRequest {
                // Somebody else was quicker.
                throw FormProblems(field: "status", "It was changed meanwhile. Look at where it stands now.")
            }
            return try backToCustomer(
                id, visit, "Recorded: \(record.status.words.lowercased()). \(record.status.help).")
        } catch let problems as FormProblems {
            return try refusedPage(id, visit, .verifying(form), problems)
        }
    }

    private func backToCustomer(_ id: CustomerID, _ visit: Visit, _ notice: String) throws -> Response {
        try seeOther("\(Path.customers)/\(id)", for: visit, notice: notice)
    }

    private func refusedPage(
        _ id: CustomerID, _ visit: Visit, _ form: RefusedForm, _ problems: FormProblems
    ) throws -> Response {
        try customerPage(id, visit, refused: (form, problems), status: .unprocessableContent)
    }
}
