import LoyaltyRules
import MariaDB

/// What somebody typed to find a customer, read as everything it can be. contract.md: "`q` finds name parts (≥ 2
/// letters), phone in any format, e-mail, exact POS id"; a name may have the year of birth beside it.
public struct CustomerSearch: Equatable, Sendable {
    /// As typed, without blanks at the ends.
    public let text: String
    /// The words with two letters or more.
    public let nameParts: [String]
    /// The year of birth that stood beside a name: `ada byron 1990`.
    public let birthYear: Int64?
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
        let names = phone == nil && email == nil ? Array(words.filter { $0.count >= 2 }.prefix(5)) : []
        let years = names.compactMap(Self.year)
        let hasYear = names.count > 1 && years.count == 1
        birthYear = hasYear ? years.first : nil
        nameParts = hasYear ? names.filter { Self.year($0) == nil } : names
    }

    private static func year(_ word: String) -> Int64? {
        guard word.utf8.count == 4, let year = wholeNumber(parsing: word), (1900...2099).contains(year) else {
            return nil
        }
        return year
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
        for condition in conditions(search, limit: limit + 1) where found.count <= limit {
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
    private func conditions(_ search: CustomerSearch, limit: Int) -> [SQL] {
        var conditions: [SQL] = []
        // An outside id is bytes: the POS's 128 at most.
        if search.text.utf8.count <= 128 {
            conditions.append(
                """
                id IN (SELECT customer_id FROM customer_identities
                        WHERE tenant_id = \(tenant) AND source = 'alleaves' AND outside_id = \(Array(search.text.utf8)))
                """)
        }
        if let phone = search.phone { conditions.append(carries("phone = \(Array(phone.e164.utf8))")) }
        if let email = search.email {
            let begins: SQL = "email LIKE \(LikePattern(startingWith: email))"
            conditions.append(begins)
            // Apart, and from those who were merged: of a short beginning there are many, who would all be looked up.
            conditions.append(
                """
                id IN (SELECT merged_into FROM customers AS carrier FORCE INDEX (by_survivor)
                        WHERE tenant_id = \(tenant) AND merged_into IS NOT NULL AND \(begins))
                """)
        }
        guard let first = search.nameParts.first, let last = search.nameParts.last else { return conditions }
        let born: SQL = search.birthYear.map { year -> SQL in "YEAR(birth_date) = \(year)" } ?? "TRUE"
        if search.nameParts.count > 1 {
            conditions.append("\(Self.name(first: first, last: last)) AND \(born)")
            conditions.append("\(Self.name(first: last, last: first)) AND \(born)")
        }
        // The whole of it, for names of several words.
        let whole = LikePattern(startingWith: search.nameParts.joined(separator: " "))
        conditions.append(foremost(limit, "by_last_name", "last_name", "last_name LIKE \(whole) AND \(born)"))
        conditions.append(foremost(limit, "by_first_name", "first_name", "first_name LIKE \(whole) AND \(born)"))
        return conditions
    }

    /// The first members along an index of whom `condition` is true: of a short beginning there are many, who would all
    /// be read to be put in order.
    private func foremost(_ count: Int, _ index: SQL, _ column: SQL, _ condition: SQL) -> SQL {
        """
        id IN (SELECT id FROM
          (SELECT id FROM customers FORCE INDEX (\(index))
            WHERE tenant_id = \(tenant) AND erased_at IS NULL AND merged_into IS NULL AND \(condition)
            ORDER BY \(column), id LIMIT \(count)) AS named)
        """
    }

    /// Customers of whom `condition` is true, or into whom somebody was merged of whom it is.
    func carries(_ condition: SQL) -> SQL {
        "id IN (SELECT COALESCE(merged_into, id) FROM customers AS carrier WHERE tenant_id = \(tenant) AND \(condition))"
    }

    private static func name(first: String, last: String) -> SQL {
        "first_name LIKE \(LikePattern(startingWith: first)) AND last_name LIKE \(LikePattern(startingWith: last))"
    }
}
