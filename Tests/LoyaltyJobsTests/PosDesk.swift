import Connectors
import Foundation
import LoyaltyRules
import Synchronization

/// A point of sale with one open order, 7001, of three lines, and the discounts 55 ($15) and 56 ($5): keeps what is done
/// to the order, and fails as it is told.
final class PosDesk: HTTPTransport {
    /// What becomes of a request that changes the order.
    enum Mood: Sendable {
        case takes
        /// Done, and then this.
        case takesThen(@Sendable () throws -> OutboundAnswer)
        /// Not done, but this.
        case refuses(@Sendable () throws -> OutboundAnswer)
    }

    struct Order: Equatable, Sendable {
        var prices: [String: Int64] = ["1": 10_00, "2": 20_00, "3": 5_00]
        var discount: Int64? = 0
        var status = "pending"
    }

    private struct State: Sendable {
        var order = Order()
        var writes: [String] = []
        var moods: [Mood] = []
        var reads: [Mood] = []
        var readCount = 0
        var beforeWrite: @Sendable () throws -> Void = {}
    }

    private let state = Mutex(State())

    var order: Order { state.withLock { $0.order } }
    /// Every change asked for, taken or not: `discount 55`, `line 2 500`.
    var writes: [String] { state.withLock { $0.writes } }
    var readCount: Int { state.withLock { $0.readCount } }
    func change(_ body: (inout Order) -> Void) { state.withLock { body(&$0.order) } }
    /// What becomes of the next changes; of those after them: taken.
    func next(_ moods: Mood...) { state.withLock { $0.moods = moods } }
    /// Likewise of the next readings.
    func nextReads(_ moods: Mood...) { state.withLock { $0.reads = moods } }
    /// Runs before each change.
    func before(_ body: @escaping @Sendable () throws -> Void) { state.withLock { $0.beforeWrite = body } }

    func send(_ request: OutboundRequest) throws -> OutboundAnswer {
        let parts = request.url.path().split(separator: "/").map(String.init)
        if parts.last == "auth" { return .json(#"{"token":"opaque"}"#) }
        guard parts.count >= 3, parts[2] == "7001" else { return .json("Not Found", status: 404) }
        if request.method == "GET" { return try read() }
        struct Body: Decodable {
            var id_discount: Int64?
            var price_override: Decimal?
        }
        let body = try JSONDecoder().decode(Body.self, from: request.body ?? Data())
        if let id = body.id_discount { return try write("discount \(id)") { Self.apply(id, to: &$0) } }
        let line = parts.last ?? ""
        let cents = Int64("\((body.price_override ?? 0) * 100)") ?? -1
        return try write("line \(line) \(cents)") { order in
            guard order.prices[line] != nil else { return false }
            order.prices[line] = cents
            return true
        }
    }

    private static func apply(_ id: Int64, to order: inout Order) -> Bool {
        guard let value = [55: 15_00, 56: 5_00][id] as Int64? else { return false }
        order.discount = (order.discount ?? 0) + value
        return true
    }

    private func read() throws -> OutboundAnswer {
        let (mood, text) = state.withLock { state in
            state.readCount += 1
            return (state.reads.isEmpty ? Mood.takes : state.reads.removeFirst(), state.order.json)
        }
        switch mood {
        case .takes: return .json(text)
        case .takesThen(let answer), .refuses(let answer): return try answer()
        }
    }

    private func write(_ what: String, _ body: (inout Order) -> Bool) throws -> OutboundAnswer {
        try state.withLock { $0.beforeWrite }()
        let (mood, isKnown, text) = state.withLock { state in
            state.writes.append(what)
            let mood = state.moods.isEmpty ? Mood.takes : state.moods.removeFirst()
            if case .refuses = mood { return (mood, true, "") }
            let isKnown = body(&state.order)
            return (mood, isKnown, state.order.json)
        }
        switch mood {
        case .takes: return isKnown ? .json(text) : .json(#"{"error":"unknown"}"#, status: 400)
        case .takesThen(let answer), .refuses(let answer): return try answer()
        }
    }
}

extension PosDesk.Order {
    fileprivate var json: String {
        let items = prices.sorted { $0.key < $1.key }
            .map { #"{"id_item":\#($0.key),"price":"\#(dollars($0.value))"}"# }
        return """
            {"id_order":7001,"status":"\(status)","complete":\(status == "completed"),"total":"1.00",\
            \(discount.map { "\"discount\":\"\(dollars($0))\"," } ?? "")"items":[\(items.joined(separator: ","))]}
            """
    }

    private func dollars(_ cents: Int64) -> String { "\(cents / 100).\(String(100 + cents % 100).dropFirst())" }
}
