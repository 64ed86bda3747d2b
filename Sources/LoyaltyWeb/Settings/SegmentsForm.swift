import FastCGI
import LoyaltyRules

/// One of the 12 thresholds, by the name of its field. contract.md, "Settings forms".
enum SegmentThreshold: String, CaseIterable, Sendable {
    case loyalMinOrders = "loyal_minOrders"
    case vipMinLifetimeValue = "vip_minLifetimeValue"
    case vipMinOrders = "vip_minOrders"
    case vipMinAverageBasket = "vip_minAOV"
    case highValueMinAverageBasket = "highValue_minAOV"
    case highValueMaxOrders = "highValue_maxOrders"
    case frequentMinOrders = "frequent_minOrders"
    case frequentMaxAverageBasket = "frequent_maxAOV"
    case slippingMinDays = "slipping_minDays"
    case atRiskMinDays = "atRisk_minDays"
    case churnedMinDays = "churned_minDays"
    case newMaxDays = "new_maxDays"

    /// Where the number stands: money, orders or days.
    enum Place {
        case dollars(WritableKeyPath<SegmentSettings, Cents>)
        case orders(WritableKeyPath<SegmentSettings, Int64>)
        case days(WritableKeyPath<SegmentSettings, Int64>)
    }

    var place: Place {
        switch self {
        case .loyalMinOrders: .orders(\.loyalMinOrders)
        case .vipMinLifetimeValue: .dollars(\.vipMinLifetimeValue)
        case .vipMinOrders: .orders(\.vipMinOrders)
        case .vipMinAverageBasket: .dollars(\.vipMinAverageBasket)
        case .highValueMinAverageBasket: .dollars(\.highValueMinAverageBasket)
        case .highValueMaxOrders: .orders(\.highValueMaxOrders)
        case .frequentMinOrders: .orders(\.frequentMinOrders)
        case .frequentMaxAverageBasket: .dollars(\.frequentMaxAverageBasket)
        case .slippingMinDays: .days(\.slippingMinDays)
        case .atRiskMinDays: .days(\.atRiskMinDays)
        case .churnedMinDays: .days(\.churnedMinDays)
        case .newMaxDays: .days(\.newMaxDays)
        }
    }

    /// The threshold as a field shows it: whole dollars without places.
    func text(in settings: SegmentSettings) -> String {
        switch place {
        case .dollars(let path): settings[keyPath: path].fieldText
        case .orders(let path), .days(let path): String(settings[keyPath: path])
        }
    }
}

/// The Segments tab as typed.
public struct SegmentsForm: SettingsForm {
    public var version: String
    private var typed: [SegmentThreshold: String]
    private var refused = FormProblems()

    public init(from fields: FormFields) {
        var reader = FormReader(fields)
        version = reader.text("version")
        typed = [:]
        for threshold in SegmentThreshold.allCases { typed[threshold] = reader.text(threshold.rawValue) }
        refused = reader.problems
    }

    public init(from settings: SegmentSettings, version: Int64) {
        self.version = String(version)
        typed = [:]
        for threshold in SegmentThreshold.allCases { typed[threshold] = threshold.text(in: settings) }
    }

    /// The threshold as typed.
    subscript(threshold: SegmentThreshold) -> String { typed[threshold] ?? "" }

    public var values: [String: String] {
        Dictionary(uniqueKeysWithValues: SegmentThreshold.allCases.map { ($0.rawValue, self[$0]) })
    }

    public func validated(
        replacing current: SegmentSettings, newID: () -> UInt128
    ) throws(FormProblems) -> SegmentSettings {
        var problems = refused
        var settings = current
        for threshold in SegmentThreshold.allCases {
            let text = self[threshold]
            let field = threshold.rawValue
            switch threshold.place {
            case .dollars(let path):
                settings[keyPath: path] = problems.dollars(text, field, "Enter dollars from 0 to 1000000.")
            case .orders(let path):
                settings[keyPath: path] = problems.whole(text, field, "Enter a whole number from 0 to 10000.")
            case .days(let path):
                settings[keyPath: path] = problems.whole(text, field, "Enter a number of days from 0 to 3650.")
            }
        }
        // Only numbers that could be read can be out of order.
        if problems == .none { problems.add(settings.problems) }
        return try problems.checked(settings)
    }
}
