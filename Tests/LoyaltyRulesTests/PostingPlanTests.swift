import Foundation
import LoyaltyRules
import Testing

/// rules.md, "Orders change" and "Points for one order": the plan alone, without a database.
struct PostingPlanTests {
    private let start = Instant(secondsSince1970: 1_760_000_000)
    private let history: SettingsHistory

    init() {
        let settings = Settings.defaults(name: "Shop", timeZone: "UTC")
        history = SettingsHistory(versions: [.init(savedAt: start, settings: settings)], firstPostingAt: start)
    }

    private func id(_ number: Int64) -> OrderID { OrderID(rawValue: UInt128(number)) }

    private func order(
        _ number: Int64, _ total: Cents, hour: Int64 = 0, isCompleted: Bool = true, posted: Int64 = 0,
        postings: Int64 = 0, terms: EarningTerms? = nil
    ) -> PostedOrder {
        let revision = OrderRevision(
            source: .pos, posOrderID: "\(number)", posCustomerID: "1", posLocationID: nil, status: nil,
            isCompleted: isCompleted, total: total, completedAt: start.advanced(bySeconds: hour * 3_600), updatedAt: nil
        )
        return PostedOrder(
            id: id(number), revision: revision, terms: terms ?? (posted > 0 ? plainTerms : nil),
            postingCount: postings, pointsPosted: posted, isCounted: posted > 0)
    }

    private let plainTerms = EarningTerms(
        pointsPerDollar: .one, equityMultiplier: .one, tierMultiplier: .one, rounding: .down, earnOn: .total,
        settingsVersion: 1)

    private func books(
        balance: Int64 = 0, held: Int64 = 0, owings: [Owing] = [], _ orders: [PostedOrder],
        leaving: [PostedOrder] = [], refunds: [String: [OrderRevision]] = [:], pin: TierPin? = nil
    ) -> CustomerBooks {
        CustomerBooks(
            balance: balance, held: held, owings: owings,
            standing: CustomerStanding(tier: TierID(rawValue: 1), segment: .new), pin: pin, orders: orders,
            leaving: leaving, refunds: refunds)
    }

    private func plan(_ books: CustomerBooks, under history: SettingsHistory? = nil) throws -> Posting {
        try books.plan(under: history ?? self.history, asOf: start.advanced(bySeconds: 86_400))
    }

    @Test(
        "the difference between worth and posted is what moves",
        arguments: [  // total, completed, posted, available beyond it, entries
            (100_00, true, 0, 0, [100]),
            (100_00, true, 100, 0, []),
            (150_00, true, 100, 0, [50]),
            (30_00, true, 100, 0, [-70]),
            (100_00, false, 100, 0, [-100]),
            (0, true, 100, 0, [-100]),
            (-5_00, true, 100, 0, [-100]),
            (30_00, true, 100, -80, [-20]),
            (0, true, 100, -100, []),
            (99, true, 0, 0, []),
        ] as [(Cents, Bool, Int64, Int64, [Int64])])
    func difference(total: Cents, isCompleted: Bool, posted: Int64, spare: Int64, entries: [Int64]) throws {
        let posting = try plan(
            books(
                balance: posted + spare,
                [order(1, total, isCompleted: isCompleted, posted: posted, postings: posted > 0 ? 1 : 0)]))
        #expect(posting.entries.map(\.points) == entries)
        let lost = posted - min(posted, isCompleted && total > .zero ? total.rawValue / 100 : 0)
        #expect(posting.pointsOwed == max(0, lost + entries.reduce(0, +)) * (lost > 0 ? 1 : 0))
    }

    @Test("a second plan over the result of the first finds nothing to do")
    func repeated() throws {
        let first = books([order(2, 40_00, hour: 2), order(1, 250_00, hour: 1), order(3, 10_00, isCompleted: false)])
        let posting = try plan(first)
        var second = books(balance: posting.entries.reduce(0) { $0 + $1.points }, posting.changedOrders)
        second.standing = posting.standing
        let again = try plan(second)
        #expect(again.entries.isEmpty && again.changedOrders.isEmpty && again.newlyCounted.isEmpty)
        #expect(again.standing == posting.standing)
    }

    @Test("orders are posted by completion, then id, under keys that count the postings of each")
    func order() throws {
        let posting = try plan(
            books(
                balance: 5,
                [order(3, 1_00, hour: 2), order(2, 1_00, hour: 1), order(1, 9_00, hour: 1, posted: 5, postings: 4)]))
        #expect(posting.entries.map(\.order) == [id(1), id(2), id(3)])
        #expect(posting.entries.map(\.key) == ["order:\(id(1)):5", "order:\(id(2)):1", "order:\(id(3)):1"])
    }

    @Test("an earning is posted whole before it settles what is owed, oldest order first")
    func settling() throws {
        let owings = [
            Owing(order: id(1), put: 30, open: 30, settlements: 0),
            Owing(order: id(2), put: 90, open: 50, settlements: 2),
        ]
        let posting = try plan(
            books(owings: owings, [order(1, 0, hour: 5), order(2, 0, hour: 1), order(3, 70_00, hour: 6)]))
        #expect(posting.entries.map(\.points) == [70, -50, -20])
        #expect(posting.entries.map(\.key).suffix(2) == ["owed:\(id(2)):3", "owed:\(id(1)):1"])
        #expect(posting.entries.map(\.kind) == [.earn, .clawback, .clawback])
        #expect(posting.pointsOwed == 10)
    }

    @Test("neither a clawback nor a settlement touches what is on hold")
    func held() throws {
        let clawback = try plan(books(balance: 100, held: 60, [order(1, 0, posted: 100, postings: 1)]))
        #expect(clawback.entries.map(\.points) == [-40])
        #expect(clawback.changedOwings == [Owing(order: id(1), put: 60, open: 60, settlements: 20_000)])
        let settling = try plan(
            books(balance: 60, held: 60, owings: clawback.changedOwings, [order(1, 0), order(2, 20_00, hour: 1)]))
        #expect(settling.entries.map(\.points) == [20, -20])
    }

    @Test("each clawback has a number of its own in its order, also one that can take nothing")
    func numbers() throws {
        let clawback = try plan(books([order(1, 0, posted: 100, postings: 1)]))
        #expect(clawback.entries == [])
        #expect(clawback.changedOrders.map(\.postingCount) == [2])
        #expect(clawback.changedOwings == [Owing(order: id(1), put: 100, open: 100, settlements: 20_000)])
    }

    @Test("an order whose terms were forgotten gives back what stands for it when it earns nothing")
    func forgotten() throws {
        var voided = order(1, 97_00, isCompleted: false, posted: 97, postings: 4)
        voided.terms = nil
        let posting = try plan(books(balance: 97, [voided]))
        #expect(posting.entries.map(\.points) == [-97])
        #expect(posting.changedOrders.map(\.pointsPosted) == [0])
        #expect(posting.changedOrders.map(\.reason) == [.notCompleted])
    }

    @Test("an order that leaves gives back what it earned here, and its terms")
    func leaving() throws {
        let posting = try plan(books(balance: 100, [], leaving: [order(1, 100_00, posted: 100, postings: 1)]))
        #expect(posting.entries.map(\.points) == [-100])
        #expect(posting.changedOrders.map(\.pointsPosted) == [0])
        #expect(posting.changedOrders.allSatisfy { $0.terms == nil && !$0.isCounted })
        #expect(posting.standing.orderCount == 0)
    }

    @Test("terms once fixed stay, whatever the settings say now")
    func frozen() throws {
        let terms = EarningTerms(
            pointsPerDollar: 3_000, equityMultiplier: .one, tierMultiplier: .one, rounding: .up, earnOn: .total,
            settingsVersion: 1)
        let posting = try plan(books(balance: 30, [order(1, 20_10, posted: 30, postings: 1, terms: terms)]))
        #expect(posting.entries.map(\.points) == [31])
    }

    @Test(
        "an order earns with the multiplier of the tier held before it",
        arguments: [  // the total before, hours between, points of the $100 after
            (199_99, 1, 100), (200_00, 1, 150), (499_99, 1, 150), (500_00, 1, 200), (500_00, 24 * 180, 150),
        ] as [(Cents, Int64, Int64)])
    func tierBefore(total: Cents, hours: Int64, points: Int64) throws {
        var settings = Settings.defaults(name: "Shop", timeZone: "UTC")
        settings.tiers.tiers[1].earnMultiplier = 1_500
        settings.tiers.tiers[2].earnMultiplier = 2_000
        let history = SettingsHistory(versions: [.init(savedAt: start, settings: settings)], firstPostingAt: start)
        let posting = try plan(books([order(1, total), order(2, 100_00, hour: hours)]), under: history)
        #expect(posting.entries.last?.points == points)
    }

    @Test("a pinned tier earns with its multiplier")
    func pinned() throws {
        var settings = Settings.defaults(name: "Shop", timeZone: "UTC")
        settings.tiers.tiers[3].earnMultiplier = 2_000
        let history = SettingsHistory(versions: [.init(savedAt: start, settings: settings)], firstPostingAt: start)
        let pin = TierPin(tier: TierID(rawValue: 4), until: nil)
        let posting = try plan(books([order(1, 10_00)], pin: pin), under: history)
        #expect(posting.entries.map(\.points) == [20])
        #expect(posting.standing.tier == TierID(rawValue: 4))
    }

    @Test("a tier given by hand earns only for orders completed after it was given, but is held now")
    func pinnedSince() throws {
        var settings = Settings.defaults(name: "Shop", timeZone: "UTC")
        settings.tiers.tiers[3].earnMultiplier = 2_000
        let history = SettingsHistory(versions: [.init(savedAt: start, settings: settings)], firstPostingAt: start)
        let given = start.advanced(bySeconds: 2 * 3_600)
        let pin = TierPin(tier: TierID(rawValue: 4), until: nil, since: given)
        let posting = try plan(
            books([order(1, 10_00, hour: 1), order(2, 10_00, hour: 2), order(3, 10_00, hour: 3)], pin: pin),
            under: history)
        #expect(posting.entries.map(\.points) == [10, 20, 20])
        #expect(posting.standing.tier == TierID(rawValue: 4))
    }

    @Test("refunds lower spend and points of the order they name, never below nothing earned")
    func refunds() throws {
        var refund = order(9, -30_00).revision
        refund.refundOf = "1"
        var rest = refund
        rest.total = -90_00
        let part = try plan(books([order(1, 100_00)], refunds: ["1": [refund]]))
        #expect(part.entries.map(\.points) == [70])
        #expect(part.standing.lifetime == 70_00)
        let all = try plan(books([order(1, 100_00)], refunds: ["1": [refund, rest]]))
        #expect(all.entries.isEmpty)
        #expect(all.changedOrders.map(\.reason) == [.belowOnePoint])
        #expect(all.standing.lifetime == -20_00)
        #expect(all.standing.tier == TierID(rawValue: 1))
    }

    @Test("an amount too large to compute with is an exception of its own order")
    func absurd() throws {
        let posting = try plan(books([order(1, Cents(rawValue: .max / 2)), order(2, 10_00, hour: 1)]))
        #expect(posting.exceptions.isEmpty)
        var settings = Settings.defaults(name: "Shop", timeZone: "UTC")
        settings.points.pointsPerDollar = 10_000
        let history = SettingsHistory(versions: [.init(savedAt: start, settings: settings)], firstPostingAt: start)
        let generous = EarningTerms(
            pointsPerDollar: 10_000, equityMultiplier: 5_000, tierMultiplier: 10_000, rounding: .down, earnOn: .total,
            settingsVersion: 1)
        let told = try plan(
            books([order(1, Cents(rawValue: .max / 2), terms: generous), order(2, 10_00, hour: 1)]), under: history)
        #expect(told.exceptions.map(\.posOrderID) == ["1"])
        #expect(told.entries.map(\.points) == [100])
        #expect(throws: Overflow.self) { try plan(books(balance: .max, [order(1, 10_00)])) }
    }
}
