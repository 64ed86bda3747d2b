// rules.md, "Alpine IQ and reconciliation": what may follow from a comparison, as far as no I/O is needed.

/// Which customers are judged together when many would take Alpine's number at once.
public enum ComparisonGroup: String, Sendable, CaseIterable {
    /// Reconciled before: a sudden difference of many means that something happened at the source.
    case established = "wave"
    /// Not reconciled since the first day, or since the last pause ended.
    case first

    /// The group of a customer last reconciled at `reconciledAt`, in a program last resumed at `resumedAt`.
    public init(reconciledAt: Instant?, resumedAt: Instant?) {
        guard let reconciledAt else {
            self = .first
            return
        }
        self = resumedAt.map { reconciledAt < $0 } ?? false ? .first : .established
    }
}

/// When differences stop being single customers' and become one thing that happened at the source.
public enum Wave {
    /// Whether `overrides` of `compared` customers of one group are too many to be taken one by one: more than 20 % and
    /// more than 25 of them, or at least 5 and more than half.
    public static func holds(overrides: Int, of compared: Int) -> Bool {
        (overrides > 25 && overrides * 100 > compared * 20) || (overrides >= 5 && overrides * 2 > compared)
    }
}

/// What an override may do to one customer.
public enum OverridePlan: Equatable, Sendable {
    /// Post this many points, signed and not zero.
    case post(Int64)
    /// It would reach into open holds: it waits until they end.
    case wait
    /// There is nothing to post.
    case nothing

    /// - Parameters:
    ///   - distance: what brings our balance to Alpine's.
    ///   - available: the balance less open holds.
    public init(distance: Int64, available: Int64) {
        if distance == 0 {
            self = .nothing
        } else {
            self = distance < -available ? .wait : .post(distance)
        }
    }

    /// Differences of fewer points are corrected without record or alert.
    public static let recordedFrom: Int64 = 5
    /// A record that nobody decides about stands as accepted after so many days.
    public static let acceptedAfterDays: Int64 = 30
    /// The staff hear of the same customer once in so many seconds.
    public static let alertSeconds: Int64 = 24 * 3_600
}

extension SettingsHistory {
    /// When the program was last resumed; nil when it never was.
    public var resumedAt: Instant? { lastChange { $0.program.paused && !$1.program.paused } }
}
