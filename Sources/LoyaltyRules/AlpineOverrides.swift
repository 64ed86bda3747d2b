// rules.md, "Comparison", from "over" on: when Alpine's number is taken, and when something happened at the source.

/// Why Alpine's number was not taken although it differs too much.
public enum UntakenReason: String, Sendable, CaseIterable {
    /// The shop only compares.
    case compareOnly = "compare_only"
    /// The operator has switched it off for all shops.
    case switchedOff = "switched_off"
    /// The program is paused.
    case paused
    /// It would go below what is reserved: deferred until the hold ends.
    case hold
    /// The number rose by what another member had when Alpine lost that member.
    case lostMatch = "lost_match"
}

extension ProgramSettings {
    /// What keeps Alpine's numbers from being taken; nil for nothing.
    ///
    /// - Parameter isEnabled: the switch of the installation.
    public func barToOverrides(isEnabled: Bool) -> UntakenReason? {
        if paused { return .paused }
        if alpinePolicy == .compareOnly { return .compareOnly }
        return isEnabled ? nil : .switchedOff
    }
}

/// A difference over the threshold that would be posted.
public enum AlpineOverride {
    /// From so many points on, either way, a difference is recorded and told; fewer are only corrected.
    public static let recordedPointsMin: Int64 = 5
    /// For so long nobody is told of the same customer again.
    public static let alertSeconds: Int64 = 86_400
    /// An open record counts as accepted after so long.
    public static let acceptanceSeconds: Int64 = 30 * 86_400

    /// Whether a difference of `points` is worth a record.
    public static func isRecorded(_ points: Int64) -> Bool { points.magnitude >= recordedPointsMin.magnitude }
}

/// Whose comparisons are counted together.
public enum ComparisonGroup: String, Sendable, CaseIterable {
    /// Customers whose numbers had agreed before.
    case reconciled
    /// First comparisons: day one, and after a pause.
    case first

    /// The group of a customer whose numbers came to agree at `reconciledAt`.
    ///
    /// - Parameter resumedAt: when the program was last resumed.
    public init(reconciledAt: Instant?, resumedAt: Instant?) {
        guard let reconciledAt else {
            self = .first
            return
        }
        self = resumedAt.map { reconciledAt < $0 } ?? false ? .first : .reconciled
    }
}

/// How many customers of a group were compared, and how many would be overridden.
public struct WaveCount: Equatable, Sendable {
    /// Compared.
    public var compared: Int64
    /// Of them, those that would be overridden.
    public var over: Int64

    /// Makes a count.
    public init(compared: Int64 = 0, over: Int64 = 0) {
        self.compared = compared
        self.over = over
    }

    /// Whether something happened at the source: more than 20 % and more than 25, or at least 5 and more than half.
    public var isWave: Bool {
        (over > 25 && over * 5 > compared) || (over >= 5 && over * 2 > compared)
    }
}

/// The numbers of members whom Alpine IQ lost. rules.md: no person that rose by one of them is overridden upwards.
public struct LostFigures: Equatable, Sendable {
    private let figures: Set<Int64>

    /// - Parameter figures: the last known numbers.
    public init(_ figures: some Sequence<Int64>) { self.figures = Set(figures.filter { $0 > 0 }) }

    /// Whether there are none.
    public var isEmpty: Bool { figures.isEmpty }

    /// Whether a rise by `points` may be one of them: two numbers' fractions can add up to one point more.
    public func explain(riseOf points: Int64) -> Bool {
        points > 0 && (figures.contains(points) || figures.contains(points - 1))
    }
}
