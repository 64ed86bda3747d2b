import LoyaltyRules
import LoyaltyStore

/// The members, or those that were looked for.
public struct CustomersPage: Page {
    public static let template = "customers/list"

    public let title = "Customers"
    let purpose: String
    let typed: String
    let isSearch: Bool
    let answer: String?
    let rows: [Row]
    let hasRows: Bool
    let pager: Pager?
    let empty: String

    /// A line of the table.
    struct Row: Sendable {
        let name: String
        let href: String
        let contact: String
        let points: String
        let tier: String
        let segment: String
        let visits: String
        let lastVisit: Moment?
    }

    /// What makes lines of customers.
    struct Lines: Sendable {
        let settings: Settings
        let contacts: ContactWords

        func row(_ card: CustomerCard, link: (String) -> String) -> Row {
            Row(
                name: contacts.name(card), href: link("\(Path.customers)/\(card.id)"),
                contact: contacts.phone(card.phone) ?? contacts.email(card.email) ?? "–",
                points: groupedDigits(card.balance), tier: settings.tiers.name(of: card.tier),
                segment: card.segment.name, visits: groupedDigits(card.orderCount),
                lastVisit: card.lastOrderAt.map { Words(settings.business.calendar).moment($0) })
        }
    }

    /// A part of all members.
    init(_ page: PageOf<CustomerCard>, lines: Lines, link: (String) -> String) {
        purpose = "Members by their last visit."
        typed = ""
        isSearch = false
        answer = nil
        rows = page.rows.map { lines.row($0, link: link) }
        hasRows = !rows.isEmpty
        pager = Pager(page, of: ("customer", "customers"), link: { link("\(Path.customers)?\($0)") }, key: \.key.text)
        empty = "Nobody is a member yet. Customers come in from Alleaves with the next sync, or join at the till."
    }

    /// What a search found.
    init(
        _ search: CustomerSearch, found: [CustomerCard], hasMore: Bool, lines: Lines, link: (String) -> String
    ) {
        purpose = "Search by name, phone, e-mail or the point of sale’s id."
        typed = search.text
        isSearch = true
        let count = Words.counted(Int64(found.count), "customer", "customers")
        answer =
            hasMore
            ? "The first \(count). Type more of the name to find the others." : found.isEmpty ? nil : "\(count) found."
        rows = found.map { lines.row($0, link: link) }
        hasRows = !rows.isEmpty
        pager = nil
        empty =
            search.isTooShortForNames
            ? "Nobody has this id. For a name, type at least 2 letters."
            : "Nobody was found. Names are found by how they begin; a phone number needs all its digits."
    }
}

extension CustomersPage {
    public static let samples: [CustomersPage] = {
        let lines = Lines(settings: .barSample(full: true), contacts: ContactWords(isMasked: false))
        let masked = Lines(settings: .barSample(full: true), contacts: ContactWords(isMasked: true))
        let cards = [CustomerCard.sample, .sampleWithoutAnything]
        var samples = [
            CustomersPage(PageOf(all: cards), lines: lines) { $0 }, CustomersPage(PageOf(all: []), lines: lines) { $0 },
        ]
        for text in ["ada by", "x"] {
            guard let search = CustomerSearch(text) else { continue }
            samples.append(CustomersPage(search, found: cards, hasMore: true, lines: masked) { $0 })
            samples.append(CustomersPage(search, found: [], hasMore: false, lines: lines) { $0 })
        }
        return samples
    }()
}

extension CustomerCard {
    /// A member as one hopes for.
    static let sample = CustomerCard(
        id: CustomerID(rawValue: 7), firstName: "Ada", lastName: "Byron", phone: Phone("202-555-0143"),
        email: "ada@example.org", balance: 1_240, held: 100, pointsOwed: 20, tier: TierID(rawValue: 2), segment: .vip,
        orderCount: 12, lifetimeValue: 780_50, lastOrderAt: Instant(secondsSince1970: 1_772_560_800))
    /// A member of whom nothing is known.
    static let sampleWithoutAnything = CustomerCard(
        id: CustomerID(rawValue: 8), firstName: "", lastName: "", balance: 0, held: 0, pointsOwed: 0,
        tier: TierID(rawValue: 99), segment: .new, orderCount: 0, lifetimeValue: .zero)
}
