/// The newest requests of both services, for tests that count and compare them.
struct RequestLog: Sendable {
    struct Entry: Sendable {
        let milliseconds: Int64
        let method: String
        let path: String
        let query: String
        let body: String
        var status: Int?
    }

    static let entriesMax = 5_000
    private var entries: [Entry] = []
    private var firstNumber = 0
    private(set) var counts: [Target: Int] = [:]
    private var inFlight: [Target: Int] = [:]
    private(set) var inFlightMax: [Target: Int] = [:]

    /// Returns the number under which the answer is noted.
    mutating func begin(_ request: Request, for target: Target, nowMilliseconds: Int64) -> Int {
        counts[target, default: 0] += 1
        inFlight[target, default: 0] += 1
        inFlightMax[target] = max(inFlightMax[target] ?? 0, inFlight[target] ?? 0)
        if entries.count == RequestLog.entriesMax {
            entries.removeFirst(RequestLog.entriesMax / 2)
            firstNumber += RequestLog.entriesMax / 2
        }
        // What signs in is no one's business, even here.
        let isSecret = request.path.last == "auth"
        let body = isSecret ? "" : String(decoding: request.body.prefix(2_000), as: UTF8.self)
        entries.append(
            Entry(
                milliseconds: nowMilliseconds, method: request.method, path: request.rawPath, query: request.rawQuery,
                body: body))
        return firstNumber + entries.count - 1
    }

    mutating func end(_ number: Int, for target: Target, status: Int) {
        inFlight[target, default: 0] -= 1
        let place = number - firstNumber
        if entries.indices.contains(place) { entries[place].status = status }
    }

    mutating func clear() {
        firstNumber += entries.count
        entries = []
        counts = [:]
        inFlightMax = inFlight
    }

    func write(to json: inout JSONWriter) {
        json.array("requests") { json in
            for entry in entries {
                json.object {
                    $0.field("at", CivilTime.iso(milliseconds: entry.milliseconds))
                    $0.field("method", entry.method)
                    $0.field("path", entry.path)
                    $0.field("query", entry.query)
                    $0.field("body", entry.body)
                    if let status = entry.status { $0.field("status", status) } else { $0.null("status") }
                }
            }
        }
    }
}
