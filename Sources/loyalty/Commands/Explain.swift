import ArgumentParser
import LoyaltyRules
import LoyaltyStore

/// `loyalty explain`.
struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Says why a balance, an order's points or a request's effects are what they are.",
        discussion: "Give one of --customer, --order and --request. The equity multiplier is never printed.")

    @Option(help: "Whose.") var tenant: String
    @Option(help: "A customer: our id, the id of the point of sale, a phone number or an e-mail address.")
    var customer: String?
    @Option(help: "An order, by its id of the point of sale.") var order: String?
    @Option(help: "A request, by the reference that its answer carried.") var request: String?
    @OptionGroup var options: CommonOptions

    private static let newestEntries = 20

    func validate() throws {
        guard [customer, order, request].compactMap({ $0 }).count == 1 else {
            throw ValidationError("Give one of --customer, --order and --request.")
        }
    }

    func run() throws {
        let store = try options.settings().openStore(isLong: true)
        let tenant = try store.knownTenant(tenant)
        let sentences = try sentences(store.tenant(tenant.id))
        try options.output.show(Report(tenant: tenant.slug, sentences: sentences), sentences.joined(separator: "\n"))
    }

    private func sentences(_ store: TenantStore) throws -> [String] {
        let calendar = try store.settings().business.calendar
        if let order {
            guard let account = try store.account(ofOrder: order) else {
                throw CommandFailure.problem("No order has the id \(order) here. A sync may not have read it yet.")
            }
            return account.sentences(calendar)
        }
        if let request { return try sentences(ofRequest: request, store, calendar) }
        return try sentences(ofCustomer: customer ?? "", store, calendar)
    }

    private func sentences(
        ofCustomer text: String, _ store: TenantStore, _ calendar: LocalCalendar
    ) throws -> [String] {
        let found = try names(text).lazy.map { try store.records(of: $0, limit: 10) }.first { !$0.isEmpty } ?? []
        guard let only = found.first else {
            throw CommandFailure.problem("Nobody is known here by \(text).")
        }
        guard found.count == 1 else {
            let ids = found.map { "\($0.card.id)" }.joined(separator: ", ")
            throw CommandFailure.problem("Several customers carry \(text): \(ids). Name one by its id.")
        }
        guard let account = try store.account(ofCustomer: only.card.id, newest: Self.newestEntries) else {
            throw CommandFailure.problem("Nobody is known here by \(text).")
        }
        return account.sentences(calendar)
    }

    /// What `text` can mean, the surest first.
    private func names(_ text: String) -> [CustomerName] {
        if let id = CustomerID(text) { return [.id(id)] }
        return [.posID(text)]
            + [Phone(text).map { .phone($0) }, comparableEmail(text).map { .email($0) }].compactMap { $0 }
    }

    private func sentences(
        ofRequest reference: String, _ store: TenantStore, _ calendar: LocalCalendar
    ) throws -> [String] {
        let entries = try store.entries(ofRequest: reference)
        let lines = try store.auditLines(ofRequest: reference)
        guard !entries.isEmpty || !lines.isEmpty else {
            throw CommandFailure.problem(
                "No entry and no line of the audit log carries \(reference): the request changed nothing here.")
        }
        return lines.map { $0.sentence } + entries.map { "Customer \($0.customer), \($0.sentence(calendar))" }
    }

    private struct Report: Encodable {
        let tenant: String
        let sentences: [String]
    }
}

extension AuditLine {
    fileprivate var sentence: String { "\(at): \(actor), \(action)\(detail.isEmpty ? "" : ": \(detail)")." }
}
