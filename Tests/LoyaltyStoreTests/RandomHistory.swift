import Foundation
import LoyaltyRules
import LoyaltyStore

/// A random history of a small shop: sales edited, voided, reopened, moved, refunded in part and whole and in all
/// forms, anonymous and of customers who become members later; while the owner changes settings, pauses, verifies equity
/// and gives tiers by hand. Everything follows from the seed but the moments.
struct RandomHistory {
    static let customers = ["1", "2", "3", "late"]
    let seed: UInt64
    /// Whether customers are merged and unmerged, as in two of five histories. Then nobody has equity or a tier by hand:
    /// sales that came while two were one earn as the survivor's.
    var hasMerges: Bool { seed % 5 < 2 }
    private(set) var random: SeededRandom
    private(set) var facts = HistoryFacts()
    private let start = Instant.now()
    private let orderCount: Int
    /// When each order was made.
    private var made: [Int: Instant] = [:]
    private var toldByProgram: [OrderRevision] = []
    private let user = UserID.make()
    private let names: [String?]
    private let centsMax: Int64

    /// - Parameter names: whom orders name, by POS id.
    init(seed: UInt64, names: [String?] = customers + ["stranger", nil], centsMax: Int64 = 200_00) {
        self.seed = seed
        self.names = names
        self.centsMax = centsMax
        random = SeededRandom(seed)
        orderCount = Int.random(in: 3...8, using: &random)
    }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    /// Lets it happen: the owner's part, and the orders as the POS writes them. Some are told at once, the others are
    /// left to `deliveries`.
    mutating func happen(in store: TestStore) throws {
        try store.importCustomers("1", "2", "3")
        facts.members = Self.customers
        facts.versions = [try store.tenant.historyVersion()]
        for _ in 1...Int.random(in: 10...30, using: &random) {
            if chance(12) { facts.versions.append(try store.tenant.changeSettings(&random)) }
            if chance(8), !hasMerges { try verifyOrRevoke(in: store) }
            if chance(4), !hasMerges { try pin(in: store) }
            let revision = nextRevision()
            if chance(40) { try store.tenant.store([revision], ignoresOlder: true) }
            if chance(40) { try store.tenant.postDue() }
        }
    }

    /// A new order, or one that changes.
    mutating func nextRevision() -> OrderRevision {
        let revision = revision(of: Int.random(in: 1...orderCount, using: &random))
        facts.revisions.append(revision)
        return revision
    }

    private mutating func revision(of number: Int) -> OrderRevision {
        // Some sales turn into refunds and back, as a till's mistake does.
        let isRefund = (number % 4 == 0) != chance(4)
        let size = Int64.random(in: 0...centsMax, using: &random)
        let completedAt = made[number] ?? (chance(70) ? .now() : start.advanced(bySeconds: -Int64(number) * 500_000))
        var order = OrderRevision.sale(
            "\(number)", of: names.randomElement(using: &random) ?? nil,
            Cents(rawValue: isRefund ? -size / 3 - 1 : size), at: completedAt, isCompleted: chance(80),
            refundOf: isRefund ? "\(Int.random(in: 1...number, using: &random))" : nil,
            updatedAt: start.advanced(bySeconds: Int64(facts.revisions.count)))
        if !order.isCompleted {
            order.status = ["voided", "Returned", "ready", nil].randomElement(using: &random) ?? nil
        }
        let tax = Cents(rawValue: order.total.rawValue / 11)
        if isRefund || chance(80) {
            order.tax = tax
        } else if chance(50) {
            order.subtotal = order.total
            order.discount = tax
        }
        if number % 4 > 0, !isRefund, made[number] == nil, chance(20) {
            tellByProgram(order, tender: Cents(rawValue: size / 4))
        }
        made[number] = completedAt
        return order
    }

    /// A program of the shop's knows what the point of sale does not: that a part was paid with points, and perhaps who
    /// bought.
    private mutating func tellByProgram(_ order: OrderRevision, tender: Cents) {
        var told = order
        told.source = .api
        told.pointsTender = tender
        told.posCustomerID = names.randomElement(using: &random) ?? nil
        facts.toldBuyers[order.posOrderID] = told.posCustomerID
        toldByProgram.append(told)
        facts.tenders[order.posOrderID] = tender
    }

    private mutating func verifyOrRevoke(in store: TestStore) throws {
        let name = ["1", "2", "3"].randomElement(using: &random) ?? "1"
        let isInForce = facts.equity[name]?.last.map { $0.end == nil } ?? false
        for status in isInForce ? [EquityStatus.revoked] : [.pending, .verified] {
            let record = EquityRecord(
                status: status, documentKind: "State card", documentReference: "1", recordedAt: .now())
            try store.tenant.recordEquity(
                record, of: store.customer(name), by: user, in: LocalCalendar(timeZone: .gmt),
                audit: AuditRecord(actor: "test", action: "test"))
            switch status {
            case .verified: facts.equity[name, default: []].append(EquityPeriod(start: record.recordedAt, end: nil))
            case .revoked:
                facts.equity[name, default: []][facts.equity[name, default: []].count - 1].end = record.recordedAt
            default: break
            }
        }
    }

    private mutating func pin(in store: TestStore) throws {
        let name = ["1", "2", "3"].randomElement(using: &random) ?? "1"
        let place = chance(30) ? nil : Int.random(in: 0...3, using: &random)
        let pinning = TierPinning(
            customer: try store.customer(name), tier: place.map { TierID(rawValue: UInt128($0 + 1)) }, until: nil,
            reason: "Test", user: user)
        try store.tenant.pin(pinning, audit: AuditRecord(actor: "test", action: "test"), at: .now())
        facts.pins[name] = place
    }

    /// Everything at least once, some of it twice, in any order, for each of `threads`.
    mutating func deliveries(threads: Int) -> [[OrderRevision]] {
        let told = facts.revisions + toldByProgram
        var all = told + told.filter { _ in Bool.random(using: &random) }
        all.shuffle(using: &random)
        return (0..<threads).map { thread in
            all.enumerated().filter { $0.offset % threads == thread }.map(\.element)
        }
    }

    /// What the POS feed shows when it is read a few times, the last time at the end: the orders as they are then.
    mutating func readings() -> [[OrderRevision]] {
        let moments = (0..<3).map { _ in Int.random(in: 1...facts.revisions.count, using: &random) }.sorted()
        return (moments + [facts.revisions.count]).map { moment in
            let newest = Dictionary(facts.revisions.prefix(moment).map { ($0.posOrderID, $0) }) { _, late in late }
            return newest.values.shuffled(using: &random)
        }
    }
}

extension TenantStore {
    /// Saves something else, as the owner does, and returns what is in force from then on.
    func changeSettings(_ random: inout SeededRandom) throws -> HistoryFacts.Version {
        let settings = try settings()
        var (points, program) = (settings.points, settings.program)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: points.pointsPerDollar = Thousandths(rawValue: .random(in: 100...10_000, using: &random))
        case 1: points.equityMultiplier = Thousandths(rawValue: .random(in: 1_000...5_000, using: &random))
        case 2: points.rounding = Rounding.allCases.randomElement(using: &random) ?? .down
        case 3: points.earnOn = points.earnOn == .total ? .beforeTax : .total
        case 4:
            let today = settings.business.calendar.day(of: .now())
            points.earnFrom =
                [nil, today.advanced(by: -7), today, today.advanced(by: 1)].randomElement(using: &random) ?? nil
        default: program.paused.toggle()
        }
        try save(points, ifVersion: settings.version(of: .points), by: nil, requestID: nil)
        try save(program, ifVersion: settings.version(of: .program), by: nil, requestID: nil)
        return try historyVersion()
    }

    /// The settings as they are, and since when.
    func historyVersion() throws -> HistoryFacts.Version {
        let settings = try settings()
        let saves = try [lastSave(of: .points), lastSave(of: .program)].map(\.savedAt)
        return HistoryFacts.Version(
            savedAt: saves.max() ?? .now(), points: settings.points, isPaused: settings.program.paused)
    }
}

/// A repeatable source of random numbers (SplitMix64): a failure names its seed.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
