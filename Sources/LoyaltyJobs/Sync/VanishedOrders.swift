import Connectors
import LoyaltyRules
import LoyaltyStore

/// The orders that a reading has shown. Those stored before are recognised by their texts: some fifty bytes each, and eight
/// for each that was read.
struct ShownOrders: Sendable {
    /// As many are recognised; a shop makes fewer in twenty years. Older ones are read, and not missed.
    static let recognisedMax = 3_000_000

    /// Read before and not shown yet, by their texts.
    private var awaited: [WireDigest: OrderID] = [:]
    /// Stored before, and to be read to know them.
    private var others: [OrderID] = []
    /// By their ids, of those that were read.
    private var hashes: Set<Int> = []
    /// The ids of those that take something back and do not say what.
    private(set) var unnamedRefunds: Set<String> = []

    /// How many stored before were not shown.
    var awaitedCount: Int { awaited.count + others.count }

    /// Expects an order that was stored before.
    mutating func expect(_ order: ReadOrder) {
        if let digest = order.digest, awaited[digest] == nil {
            awaited[digest] = order.id
        } else {
            others.append(order.id)
        }
    }

    /// Leaves orders to be read, of which more is to be done than to see that they are as stored.
    mutating func leaveToBeRead(_ orders: Set<OrderID>) {
        guard !orders.isEmpty else { return }
        others += awaited.values.filter(orders.contains)
        awaited = awaited.filter { !orders.contains($0.value) }
    }

    /// Whether an order was read from the same text before, and is stored as it said.
    mutating func recognise(_ digest: WireDigest) -> Bool { awaited.removeValue(forKey: digest) != nil }

    mutating func insert(_ page: OrderPage) {
        for revision in page.rows {
            hashes.insert(revision.posOrderID.hashValue)
            if revision.total < .zero, revision.refundOf == nil { unnamedRefunds.insert(revision.posOrderID) }
        }
        // One that cannot be read is there all the same.
        for row in page.unreadable { if let id = row.id { hashes.insert(id.hashValue) } }
    }

    /// Whether an order was shown that was read.
    func contains(_ posOrderID: String) -> Bool { hashes.contains(posOrderID.hashValue) }

    /// Those stored before that were not recognised, some of which were shown otherwise.
    var unrecognised: [OrderID] { awaited.values + others }
}

extension SyncRun {
    /// Sales noted as absent in one run; more wait for the next.
    private static var absentMax: Int { 1_000 }
    /// Sales asked for by their ids in one run.
    private static var askedMax: Int { 100 }
    private static var chunkSize: Int { 1_000 }
    private static var absencesMax: Int { 10_000 }

    /// After a reading that was whole: lists the sales since `start` that it did not show, nor the one before, and that
    /// the point of sale does not have by their ids either. Their points stay until somebody decides. Nothing is
    /// written while nothing is missing. rules.md, "Orders change".
    mutating func lookForVanished(_ shown: ShownOrders, since start: Instant, _ client: AlleavesClient) throws {
        // The first reading of all history has nothing stored before it to look for.
        guard try store.watermark().historyReadAt != nil else { return }
        let known = try store.absentOrders(limit: Self.absencesMax)
        let back = known.filter { shown.contains($0.posOrderID) }.map(\.id)
        if !back.isEmpty { try store.transaction { tx in try tx.noteShownAgain(back, at: now()) } }
        let listed = Set(known.filter(\.isListed).map(\.id))
        let missing = try salesNotShown(shown, since: start).filter { !listed.contains($0) }
        if missing.isEmpty { return }
        let absences = Dictionary(known.map { ($0.id, $0) }) { first, _ in first }
        let news = missing.filter { id in absences[id].map { $0.readsMissed < 2 && $0.run != run.id } ?? true }
        if !news.isEmpty { try store.transaction { tx in try tx.noteAbsent(news, run: run.id) } }
        let missingNow = Set(missing)
        let asked = try store.absentOrders(limit: Self.absencesMax)
            .filter { $0.readsMissed > 1 && !$0.isListed && missingNow.contains($0.id) }
        for order in asked.prefix(Self.askedMax) { try askFor(order, client) }
    }

    /// Begins to look up what was stored before, month by month from the newest on.
    func ordersReadBefore(since start: Instant) -> Ahead<ShownOrders> {
        Ahead { [store = store.onAnotherConnection(), now] in
            var shown = ShownOrders()
            // Nothing is stored that is dated further ahead.
            var end = now().advanced(bySeconds: 2 * 86_400)
            while end > start, shown.awaitedCount < ShownOrders.recognisedMax {
                let from = max(start, end.advanced(bySeconds: -30 * 86_400))
                for order in try store.ordersReadBefore(from: from, to: end) { shown.expect(order) }
                end = from
            }
            return shown
        }
    }

    /// Leaves to be read what is to be read again, and what was missed.
    func leaveToBeRead(_ marked: [OrderReread], of shown: inout ShownOrders) throws {
        let absent = try store.absentOrders(limit: Self.absencesMax).map(\.id)
        shown.leaveToBeRead(try store.orderIDs(of: marked.map(\.posOrderID)).union(absent))
    }

    private func salesNotShown(_ shown: ShownOrders, since start: Instant) throws -> [OrderID] {
        var missing: [OrderID] = []
        let candidates = shown.unrecognised.sorted()
        for first in stride(from: 0, to: candidates.count, by: Self.chunkSize) where missing.count < Self.absentMax {
            let some = Array(candidates[first..<min(first + Self.chunkSize, candidates.count)])
            let sales = try store.expectedSales(of: some, since: start, storedBefore: run.startedAt)
            let unseen = sales.filter { !shown.contains($0.posOrderID) }.map(\.id)
            if unseen.isEmpty { continue }
            let own = try store.posIDs(of: unseen)
            missing += unseen.filter { id in own[id].map { !shown.contains($0) } ?? true }
        }
        return Array(missing.prefix(Self.absentMax))
    }

    private mutating func askFor(_ order: AbsentOrder, _ client: AlleavesClient) throws {
        let id = order.posOrderID
        do {
            let moment = now()
            if var revision = try asking("Alleaves", { try client.order(id: id) }) {
                revision.completedAt = min(revision.completedAt, moment)
                try store.transaction { tx in _ = try tx.store([revision], ignoresOlder: false, at: moment) }
                return
            }
            let exception = RunException(
                subject: id, reason: "The point of sale no longer has this order. Its points stay until you decide.",
                vanished: order.id)
            try store.transaction { tx in try tx.listVanished(exception, run: run.id) }
            note(exception)
        } catch let unreadable as UnreadableRow {
            note(id, "Order: \(unreadable.reason)")
        } catch let failure as SourceFailure where failure.concernsOneAnswer {
            note(id, "The list of orders does not show it any more, and it could not be read. \(failure.description)")
        }
    }
}
