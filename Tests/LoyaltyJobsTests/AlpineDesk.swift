import Connectors
import Foundation
import LoyaltyRules
import Synchronization

/// Alpine IQ's adjustments in a test: keeps what it is sent, and fails as it is told.
final class AlpineDesk: HTTPTransport {
    struct Adjustment: Equatable, Sendable {
        var contact: String
        var value: Int64
        var note: String
    }

    /// What becomes of a request to adjust.
    enum Mood: Sendable {
        case takes
        /// Done, and then this.
        case takesThen(@Sendable () throws -> OutboundAnswer)
        /// Not done, but this.
        case refuses(@Sendable () throws -> OutboundAnswer)
    }

    private struct State: Sendable {
        var taken: [Adjustment] = []
        var asked: [Adjustment] = []
        var moods: [Mood] = []
        var looks = 0
        var listAnswer: OutboundAnswer?
        var beforeAnswer: @Sendable () throws -> Void = {}
        var vanished: Set<String> = []
        var busy: Set<String> = []
        var overlaps = 0
    }

    private let state = Mutex(State())

    /// All that was taken, in order.
    var taken: [Adjustment] { state.withLock { $0.taken } }
    /// All that was asked for, in order.
    var asked: [Adjustment] { state.withLock { $0.asked } }
    /// How often the list was read.
    var looks: Int { state.withLock { $0.looks } }
    /// Requests that came while another for the same person was being answered.
    var overlaps: Int { state.withLock { $0.overlaps } }

    /// Sets what becomes of the next requests to adjust; of those after them: taken.
    func next(_ moods: Mood...) { state.withLock { $0.moods = moods } }
    /// Sends this instead of the list; nil: the list.
    func answerLists(with answer: OutboundAnswer?) { state.withLock { $0.listAnswer = answer } }
    /// Runs in the middle of each request to adjust, before it is done.
    func before(_ body: @escaping @Sendable () throws -> Void) { state.withLock { $0.beforeAnswer = body } }
    /// The persona is gone.
    func forget(_ contact: String) { state.withLock { _ = $0.vanished.insert(contact) } }

    func send(_ request: OutboundRequest) throws -> OutboundAnswer {
        let parts = request.url.path().split(separator: "/").map(String.init)
        if parts.contains("adjustments") { return list() }
        struct Body: Decodable {
            var value: Int64
            var note: String
        }
        let body = try JSONDecoder().decode(Body.self, from: request.body ?? Data())
        return try adjust(Adjustment(contact: parts.last ?? "", value: body.value, note: body.note))
    }

    private func adjust(_ adjustment: Adjustment) throws -> OutboundAnswer {
        let (mood, before) = state.withLock { state in
            state.asked.append(adjustment)
            if !state.busy.insert(adjustment.contact).inserted { state.overlaps += 1 }
            return (state.moods.isEmpty ? Mood.takes : state.moods.removeFirst(), state.beforeAnswer)
        }
        defer { state.withLock { _ = $0.busy.remove(adjustment.contact) } }
        try before()
        if state.withLock({ $0.vanished.contains(adjustment.contact) }) { return .json("{}", status: 404) }
        switch mood {
        case .takes:
            state.withLock { $0.taken.append(adjustment) }
            return .json(#"{"success":true,"data":null}"#)
        case .takesThen(let answer):
            state.withLock { $0.taken.append(adjustment) }
            return try answer()
        case .refuses(let answer): return try answer()
        }
    }

    private func list() -> OutboundAnswer {
        let (taken, answer) = state.withLock { state in
            state.looks += 1
            return (state.taken, state.listAnswer)
        }
        if let answer { return answer }
        let rows = taken.map { #"{"cntID":"\#($0.contact)","value":\#($0.value),"note":"\#($0.note)","ts":1}"# }
        return .json(#"{"success":true,"data":\#(rows.isEmpty ? "null" : "[\(rows.joined(separator: ","))]")}"#)
    }

    /// Ways to lose an answer.
    static let lost: [(@Sendable () throws -> OutboundAnswer)] = [
        { throw ConnectorError.timedOut }, { throw ConnectorError.cutAnswer }, { .json("Oops", status: 500) },
        { .json("<html>Maintenance</html>") }, { .json(#"{"success":false,"data":null}"#) },
    ]
}
