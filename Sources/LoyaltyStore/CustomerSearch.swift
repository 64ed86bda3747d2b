import LoyaltyRules
import MariaDB

/// What somebody typed to find a customer, read as everything it can be. contract.md: "`q` finds name parts (≥ 2
/// letters), phone in any format, e-mail, exact POS id".
public struct CustomerSearch: Equatable, Sendable {
    /// As typed, without blanks at the ends.
    public let text: String
    /// The words with two letters or more.
    public let nameParts: [String]
    /// The number, if it is one.
    public let phone: Phone?
    /// The start of an address, if it has an `@`.
    public let email: String?

    /// Reads what was typed; nil when there is nothing to look for. At most 100 characters and five words count.
    public init?(_ typed: String) {
        let words = typed.prefix(100).split(whereSeparator: \.isWhitespace).map(String.init)
        text = words.joined(separator: " ")
        guard !text.isEmpty else { return nil }
        phone = Phone(text)
        email = text.utf8.contains(UInt8(ascii: "@")) ? text.lowercased() : nil
        nameParts = phone == nil && email == nil ? Array(words.filter { $0.count >= 2 }.prefix(5)) : []
    }

    /// Whether names are not looked for because no word is long enough.
    public var isTooShortForNames: Bool { nameParts.isEmpty && phone == nil && email == nil }
}

extension TenantQueries {
    /// The members that `search` means: exact POS id, phone and e-mail first, then names from A to Z. Every look-up is
    /// a range of an index.
    ///
    /// - Returns: at most `limit`, and whether there were more.
    public func customers(_ search: CustomerSearch, limit: Int) throws -> (found: [CustomerCard], hasMore: Bool) {
        var found: [CustomerCard] = []
        var seen: Set<CustomerID> = []
        for condition in conditions(search) where found.count <= limit {
            let rows = try connection.all(
                """
                SELECT \(CustomerCard.columns) FROM customers
                 WHERE tenant_id = \(tenant) AND erased_at IS NULL AND merged_into IS NULL AND \(condition)
                 ORDER BY last_name, first_name, id LIMIT \(limit + 1)
                """, CustomerCard.init(row:))
            found += rows.filter { seen.insert($0.id).inserted }
        }
        return (Array(found.prefix(limit)), found.count > limit)
    }

    /// What to look for, the surest first.
    private func conditions(_ search: CustomerSearch) -> [SQL] {
        var conditions: [SQL] = []
        // An outside id is bytes: the POS's 128 at most.
        if search.text.utf8.count <= 128 {
            conditions.append(
                """
                id IN (SELECT customer_id FROM customer_identities
                        WHERE tenant_id = \(tenant) AND source = 'alleaves' AND outside_id = \(Array(search.text.utf8)))
                """)
        }
        if let phone = search.phone { conditions.append("phone = \(Array(phone.e164.utf8))") }
        if let email = search.email { conditions.append("email LIKE \(LikePattern(startingWith: email))") }
        guard let first = search.nameParts.first, let last = search.nameParts.last else { return conditions }
        if search.nameParts.count > 1 {
            conditions.append(Self.name(first: first, last: last))
            conditions.append(Self.name(first: last, last: first))
        }
        // The whole of it, for names of several words.
        let whole = LikePattern(startingWith: search.nameParts.joined(separator: " "))
        conditions.append("last_name LIKE \(whole)")
        conditions.append("first_name LIKE \(whole)")
        return conditions
    }

    private static func name(first: String, last: String) -> SQL {
        "first_name LIKE \(LikePattern(startingWith: first)) AND last_name LIKE \(LikePattern(startingWith: last))"
    }
}
