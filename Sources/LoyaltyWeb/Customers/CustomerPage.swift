import LoyaltyRules
import LoyaltyStore

/// One member: who, what they hold and why.
public struct CustomerPage: Page {
    public static let template = "customers/customer"

    public let title: String
    let purpose: String
    let erased: String?
    let tiles: [DashboardPage.Tile]
    let holds: [HoldLine]
    let hasHolds: Bool
    let tierProgress: TierProgress?
    let pinned: String?
    let facts: [Fact]
    let alpine: AlpineWords
    let equity: EquityWords
    let forms: CustomerForms?
    let ledger: [EntryLine]
    let hasLedger: Bool
    let ledgerPager: Pager
    let activities: [ActivityWords]
    let hasActivities: Bool
    let activityPager: Pager
    let listHref: String

    /// A name and what stands beside it.
    struct Fact: Sendable {
        let name: String
        let text: String
    }

    /// Points that are reserved for an order.
    struct HoldLine: Sendable {
        let what: String
        let place: String
        let reserved: Moment
        /// When they are free again unless they are used; nil for what is not held.
        let ends: Moment?

        init(_ hold: Redemption, words: Words) {
            what = hold.words
            place = hold.source == .till ? "at the till" : "by a program"
            reserved = words.moment(hold.createdAt)
            ends = hold.expiresAt.map(words.moment)
        }
    }

    /// How far it is to the next tier.
    struct TierProgress: Sendable {
        let spent: String
        let needed: String
        let progressText: String
    }

    init(
        _ customer: CustomerDetail, holds: [Redemption] = [], ledger: PageOf<LedgerLine>,
        activities: PageOf<ActivityLine>, settings: Settings,
        role: Role, today: Day, forms: CustomerForms?, link: (String) -> String
    ) {
        let words = Words(settings.business.calendar)
        let contacts = ContactWords(isMasked: role.seesMaskedContacts)
        let own = "\(Path.customers)/\(customer.card.id)"
        title = contacts.name(customer.card, posID: customer.posID)
        purpose = "Member since \(Words.day(words.calendar.day(of: customer.createdAt)))."
        erased = customer.erasedAt.map { "This customer was erased on \(words.moment($0).shownTime)." }
        tiles = Self.tiles(customer, settings: settings)
        self.holds = holds.map { HoldLine($0, words: words) }
        hasHolds = !holds.isEmpty
        tierProgress = Self.progress(customer, settings: settings)
        pinned = Self.pinned(customer, settings: settings)
        facts = Self.facts(customer, contacts: contacts, words: words)
        alpine =
            customer.isSeveralAtAlpine
            ? .several : AlpineWords(customer.alpine, balance: customer.card.balance, words: words)
        equity = EquityWords(customer.equity, words: words, today: today, showsDocument: role.may(.verifyEquity))
        self.forms = forms
        self.ledger = ledger.rows.map { EntryLine($0, words: words) }
        hasLedger = !ledger.rows.isEmpty
        ledgerPager = Pager(
            ledger, of: ("entry", "entries"), name: "ledger_", link: { link("\(own)?\($0)#ledger") },
            key: \.sequence.text)
        self.activities = activities.rows.map { ActivityWords($0, words: words) }
        hasActivities = !activities.rows.isEmpty
        activityPager = Pager(
            activities, of: ("line", "lines"), link: { link("\(own)?\($0)#activities") }, key: \.below.text,
            newerKey: \.above.text)
        listHref = link(Path.customers)
    }

    private static func tiles(_ customer: CustomerDetail, settings: Settings) -> [DashboardPage.Tile] {
        let card = customer.card
        var reserved = card.held > 0 ? "of \(groupedDigits(card.balance)), \(groupedDigits(card.held)) reserved" : ""
        if card.pointsOwed > 0 {
            reserved += reserved.isEmpty ? "" : "; "
            reserved += "the next \(Words.points(card.pointsOwed)) settle a refund"
        }
        let basket = card.orderCount > 0 ? card.lifetimeValue.rawValue / card.orderCount : 0
        return [
            DashboardPage.Tile(
                label: "Points to use", number: groupedDigits(card.available),
                note: reserved.isEmpty ? "nothing reserved" : reserved, link: nil),
            DashboardPage.Tile(
                label: "Tier", number: settings.tiers.name(of: card.tier),
                note: "\(customer.qualifyingSpend.formatted()) counts for it", link: nil),
            DashboardPage.Tile(
                label: "Segment", number: card.segment.name, note: "by visits and spend", link: nil),
            DashboardPage.Tile(
                label: "Visits", number: groupedDigits(card.orderCount),
                note: "\(card.lifetimeValue.formatted()) in all, average basket \(Cents(rawValue: basket).formatted())",
                link: nil),
        ]
    }

    private static func progress(_ customer: CustomerDetail, settings: Settings) -> TierProgress? {
        guard let next = settings.tiers.next(after: customer.qualifyingSpend) else { return nil }
        let spent = max(customer.qualifyingSpend, .zero)
        return TierProgress(
            spent: String(spent.rawValue), needed: String(next.tier.threshold.rawValue),
            progressText: "\(next.remaining.formatted()) more to \(next.tier.name), "
                + "which starts at \(next.tier.threshold.formatted(short: true)).")
    }

    private static func pinned(_ customer: CustomerDetail, settings: Settings) -> String? {
        guard let pin = customer.pin else { return nil }
        let until = pin.until.map { "until \(Words.day($0))" } ?? "for good"
        return "\(settings.tiers.name(of: pin.tier)) was given by hand, \(until)."
    }

    private static func facts(_ customer: CustomerDetail, contacts: ContactWords, words: Words) -> [Fact] {
        let card = customer.card
        let list: [(String, String?)] = [
            ("Phone", contacts.phone(card.phone)), ("E-mail", contacts.email(card.email)),
            ("Birthday", contacts.birthDate(customer.birthDate)),
            ("First visit", customer.firstOrderAt.map { words.moment($0).shownTime }),
            ("Last visit", card.lastOrderAt.map { words.moment($0).shownTime }),
            ("Id at the point of sale", customer.posID),
            ("Id at Alpine IQ", customer.identities.first { $0.source == .alpine }?.outsideID),
        ]
        return list.map { Fact(name: $0.0, text: $0.1 ?? "not known") }
    }
}
