import Foundation
import Logging
import LoyaltyRules
import LoyaltyStore

/// Writes a line of JSON to standard error for each record. What is logged are ids, counts and reasons: no secrets, no
/// personal data.
struct JSONLog: LogHandler {
    let label: String
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    /// A logger of the program's part `label`.
    static func logger(_ label: String, level: Logger.Level) -> Logger {
        Logger(label: label) { JSONLog(label: $0, logLevel: level) }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        tell(line(event, at: .now()))
    }

    /// The record as one line: the four fixed fields win over metadata of the same name.
    func line(_ event: LogEvent, at now: Instant) -> String {
        var fields = metadata.merging(metadataProvider?.get() ?? [:]) { _, new in new }
            .merging(event.metadata ?? [:]) { _, new in new }.mapValues { "\($0)" }
        if let error = event.error { fields["error"] = String(reflecting: error) }
        fields["at"] = "\(now)"
        fields["level"] = event.level.rawValue
        fields["part"] = label
        fields["message"] = "\(event.message)"
        do { return try Output.json(fields) } catch {
            return #"{"level":"error","message":"a record cannot be written"}"#
        }
    }
}
