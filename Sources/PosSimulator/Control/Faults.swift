/// Which service a request is for.
enum Target: String, CaseIterable, Sendable {
    case alleaves, alpine, simulator
}

/// What shall go wrong with the next requests of one service.
struct Fault: Sendable {
    var mode: String
    /// How long `slow` waits.
    var milliseconds = 3_000
    /// How many requests are still hit; nil for all.
    var remaining: Int?
    /// How many matching requests are let through first.
    var after = 0
    /// Only requests whose path behind `/api` starts so.
    var path: String?
    /// Sent as `Retry-After` with a status.
    var retryAfter: Int?
    var shape: String?
    /// What `says` answers with.
    var body = ""
    /// Whether what was asked is done before the answer is lost.
    var isDone = false
    /// How long `lag` keeps sales out of the figures.
    var seconds = 3_600
    /// Of how many of a hundred personas `zero` takes the figures.
    var percent = 100

    static let modes: Set = [
        "down", "slow", "garbage", "half", "empty", "blank", "shape", "hidden", "decimals", "lag", "zero", "says",
        "none",
    ]
    static let shapes: Set = ["array", "customers", "data", "numeric", "unknown"]

    /// The status of a mode such as `429`.
    var status: Int? { Int(mode).flatMap { (400...599).contains($0) ? $0 : nil } }

    /// Faults of different families act together; within one the newest wins.
    var family: String {
        ["slow", "shape", "hidden", "decimals", "lag", "zero"].contains(mode) ? mode : "answer"
    }
}

/// What goes wrong with one request.
struct Effects: Sendable {
    var answer: Fault?
    var waitMilliseconds = 0
    var shape = "numeric"
    var isHidden = false
    var hasDecimals = false
    var lagSeconds = 0
    var zeroPercent = 0

    var isEmpty: Bool { answer?.mode == "empty" }
}

struct Faults: Sendable {
    private var active: [Target: [String: Fault]] = [:]

    mutating func set(_ fault: Fault, for target: Target) {
        if fault.mode == "none" { active[target] = nil } else { active[target, default: [:]][fault.family] = fault }
    }

    func modes(of target: Target) -> [String] { (active[target] ?? [:]).values.map { $0.mode }.sorted() }

    /// The effects for this request, counted down.
    mutating func take(_ target: Target, path: String) -> Effects {
        var effects = Effects()
        for (family, fault) in active[target] ?? [:] {
            if let wanted = fault.path, !path.hasPrefix("/\(target)/api\(wanted)") { continue }
            var left = fault
            if fault.after > 0 {
                left.after -= 1
            } else {
                Faults.apply(fault, to: &effects)
                left.remaining = fault.remaining.map { $0 - 1 }
            }
            active[target]?[family] = left.remaining == 0 ? nil : left
        }
        return effects
    }

    private static func apply(_ fault: Fault, to effects: inout Effects) {
        switch fault.mode {
        case "slow": effects.waitMilliseconds = fault.milliseconds
        case "shape": effects.shape = fault.shape ?? "numeric"
        case "hidden": effects.isHidden = true
        case "decimals": effects.hasDecimals = true
        case "lag": effects.lagSeconds = fault.seconds
        case "zero": effects.zeroPercent = fault.percent
        default: effects.answer = fault
        }
    }
}

extension Effects {
    /// Whether what was asked is done though its answer is lost.
    var isDoneAnyway: Bool { answer?.isDone ?? false }

    /// The answer that stands in for the right one.
    var instead: Response? {
        guard let fault = answer else { return nil }
        if fault.mode == "down" { return Response(isAborted: true) }
        if fault.mode == "garbage" {
            return Response(contentType: "text/html", body: Array("<html>\u{1}\u{2} Bad day {\"[".utf8))
        }
        if fault.mode == "blank" { return Response() }
        if fault.mode == "says" { return Response(body: Array(fault.body.utf8)) }
        guard let status = fault.status else { return nil }
        var response = Response.text(status: status, "simulated \(status)")
        if let seconds = fault.retryAfter { response.headers.append("Retry-After: \(seconds)") }
        return response
    }

    /// What becomes of the right answer on its way.
    func spoiled(_ response: Response) -> Response {
        guard answer?.mode == "half" else { return response }
        var half = response
        half.body = Array(response.body.prefix(response.body.count / 2))
        return half
    }
}
