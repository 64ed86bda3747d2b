import Foundation
import Synchronization

/// What this process has answered so far.
final class Metrics: Sendable {
    private struct Key: Hashable, Comparable {
        let route: String
        let statusClass: Int

        static func < (left: Key, right: Key) -> Bool {
            (left.route, left.statusClass) < (right.route, right.statusClass)
        }
    }

    private let counts = Mutex<[Key: Int]>([:])

    /// Counts an answer. `route` is a pattern of the table, so that there are few of them.
    func count(route: String, status: Int) {
        counts.withLock { $0[Key(route: route, statusClass: status / 100), default: 0] += 1 }
    }

    /// The format of Prometheus.
    func text() -> String {
        var lines = ["# TYPE loyalty_requests_total counter"]
        for (key, count) in counts.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
            lines.append("loyalty_requests_total{route=\"\(key.route)\",status=\"\(key.statusClass)xx\"} \(count)")
        }
        if let bytes = Self.residentBytes() {
            lines += ["# TYPE process_resident_memory_bytes gauge", "process_resident_memory_bytes \(bytes)"]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The memory that this process holds, where the system tells.
    private static func residentBytes() -> Int? {
        guard let bytes = FileManager.default.contents(atPath: "/proc/self/statm") else { return nil }
        let fields = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
        return pages * Int(getpagesize())
    }
}
