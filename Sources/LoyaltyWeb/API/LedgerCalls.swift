import FastCGI
import LoyaltyRules
import LoyaltyStore

extension Site {
    /// `GET /api/v1/customers/{id}/ledger`: newest first. A page begins after an entry and not after a number of
    /// entries, so that new ones shift nothing.
    func showLedger(_ visit: KeyVisit) throws -> Response {
        let page = try ListPage(visit.request.query)
        let customer = try visit.store.customerID(of: visit.customerName)
        let lines = try visit.store.ledger(
            of: customer, page.cursor.map { .older(than: $0) } ?? .first, limit: page.limit)
        let next = lines.hasOlder ? lines.rows.last.map { ListPage.cursor(after: $0.sequence) } : nil
        return .json(
            OrderedJSON.object([
                ("entries", .array(lines.rows.map(entryJSON))), ("next", .optional(next) { .text($0) }),
            ]).bytes)
    }
}

/// Which part of a list a query asks for. contract.md: `limit` 1–100 (25), `cursor`.
struct ListPage {
    let limit: Int
    /// The place of the last row of the page before; nil for the first page.
    let cursor: Int64?

    init(_ query: FormFields) throws {
        let limit = try query.single("limit").map { wholeNumber(parsing: $0) }
        guard let limit = limit ?? 25, (1...100).contains(limit) else {
            throw InvalidFields.query("limit", "out_of_range", "“limit” must be a whole number from 1 to 100.")
        }
        let cursor = try query.single("cursor").map(Self.place)
        if let cursor, cursor == nil {
            throw InvalidFields.query("cursor", "invalid", "“cursor” must be the “next” of the page before.")
        }
        self.limit = Int(limit)
        self.cursor = cursor ?? nil
    }

    /// With a letter in front, so that nobody takes it for a number to count with.
    static func cursor(after place: Int64) -> String { "e\(place)" }

    private static func place(_ cursor: String) -> Int64? {
        guard cursor.utf8.first == UInt8(ascii: "e"), (2...19).contains(cursor.utf8.count),
            let place = wholeNumber(parsing: String(cursor.dropFirst())), place > 0
        else { return nil }
        return place
    }
}

/// contract.md, "API v1": an entry.
func entryJSON(_ line: LedgerLine) -> OrderedJSON {
    .object([
        ("id", .text("\(line.id)")), ("kind", .text(line.kind.rawValue)), ("points", .integer(line.points)),
        ("balanceAfter", .integer(line.balance)), ("reason", .text(line.reason)),
        ("posOrderId", .optional(line.posOrderID) { .text($0) }), ("at", .text("\(line.createdAt)")),
    ])
}
