import LoyaltyRules
import LoyaltyStore

extension CustomerPage {
    public static let samples: [CustomerPage] = [
        sample(.sample, ledger: LedgerLine.samples, activities: ActivityLine.samples, isMasked: false),
        sample(.sampleOfNobody, ledger: [], activities: [], isMasked: true),
    ]

    private static func sample(
        _ customer: CustomerDetail, ledger: [LedgerLine], activities: [ActivityLine], isMasked: Bool
    ) -> CustomerPage {
        var entries = PageOf(all: ledger)
        entries.hasOlder = true
        entries.hasNewer = true
        return CustomerPage(
            customer, ledger: entries, activities: PageOf(all: activities), settings: .barSample(full: true),
            isMasked: isMasked, link: { $0 })
    }

    fileprivate static let sampleTime = Instant(secondsSince1970: 1_772_578_800)
}

extension CustomerDetail {
    static let sample = CustomerDetail(
        card: .sample, birthDate: Day(year: 1_990, month: 12, day: 10), qualifyingSpend: 380_50,
        firstOrderAt: Instant(secondsSince1970: 1_752_560_800), pin: TierPin(tier: TierID(rawValue: 2), until: nil),
        createdAt: Instant(secondsSince1970: 1_752_000_000),
        identities: [
            CustomerIdentity(source: .alleaves, outsideID: "50123"),
            CustomerIdentity(source: .alpine, outsideID: "A-77"),
        ],
        alpine: AlpineStanding(
            customer: CustomerID(rawValue: 7), contactID: "A-77", figure: .known(1_300),
            readAt: CustomerPage.sampleTime, outcome: .within, calculated: 1_240, difference: 60))

    static let sampleOfNobody = CustomerDetail(
        card: .sampleWithoutAnything, qualifyingSpend: 5_000_00, createdAt: CustomerPage.sampleTime,
        erasedAt: CustomerPage.sampleTime, identities: [])
}

extension LedgerLine {
    static let samples: [LedgerLine] = [
        line(3, -20, .clawback, "Order 8811 was refunded in part", order: "8811"),
        line(2, 1_200, .alpineOverride, "Alpine’s number was taken", user: "admin@demo.example"),
        line(1, 60, .earn, "1 point per $1 on $60.00", order: "8811"),
    ]

    private static func line(
        _ sequence: Int64, _ points: Int64, _ kind: EntryKind, _ reason: String, order: String? = nil,
        user: String? = nil
    ) -> LedgerLine {
        LedgerLine(
            id: EntryID(rawValue: UInt128(sequence)), sequence: sequence, points: points, balance: 1_240, kind: kind,
            reason: reason, posOrderID: order, user: user,
            createdAt: CustomerPage.sampleTime.advanced(bySeconds: sequence * 86_400))
    }
}

extension ActivityLine {
    static let samples: [ActivityLine] = ActivityKind.allCases.enumerated().map { index, kind in
        let isSegment = kind == .segmentChange
        return ActivityLine(
            kind: kind, at: CustomerPage.sampleTime, cause: "Order 8811",
            from: isSegment ? "new" : kind == .tierChange ? "Bronze" : nil,
            to: isSegment ? "at_risk" : kind == .tierChange ? "Silver" : kind == .order ? "60.00" : nil,
            points: index % 2 == 0 ? 60 : 1, user: kind == .note ? "admin@demo.example" : nil,
            key: ActivityKey(at: CustomerPage.sampleTime, id: Array(repeating: UInt8(index), count: 16)))
    }
}
