import LoyaltyRules
import LoyaltyStore

extension CustomerPage {
    public static let samples: [CustomerPage] =
        [
            sample(.sample, as: .dispensaryAdmin), sample(.sampleOfNobody, as: .auditor, isEmpty: true),
            sample(.sample, as: .manager), sample(.sample, as: .auditor),
            refused(.adjusting(.sample), ["points", "reason", "request_key"]), refused(.noting(NoteForm()), ["text"]),
            refused(.pinning(TierPinForm(pin: nil)), ["tier_id", "until", "reason"]),
            refused(
                .verifying(EquityForm(after: nil, today: sampleDay)),
                ["status", "document_kind", "document_reference", "expires_on", "reason"]),
        ]
        + EquityStatus.allCases.map { sample(.sample(equity: $0), as: .dispensaryAdmin) }

    private static func refused(_ form: RefusedForm, _ fields: [String]) -> CustomerPage {
        var problems = FormProblems()
        for field in fields { problems.add(field, "Say why, in 1 to 200 characters.") }
        return sample(.sample, as: .dispensaryAdmin, refused: (form, problems))
    }

    private static func sample(
        _ customer: CustomerDetail, as role: Role, isEmpty: Bool = false,
        refused: (form: RefusedForm, problems: FormProblems)? = nil
    ) -> CustomerPage {
        var entries = PageOf(all: isEmpty ? [] : LedgerLine.samples)
        entries.hasOlder = true
        entries.hasNewer = true
        let settings = Settings.barSample(full: true)
        return CustomerPage(
            customer, holds: isEmpty ? [] : [.heldSample], ledger: entries,
            activities: PageOf(all: isEmpty ? [] : ActivityLine.samples),
            settings: settings, role: role, today: sampleDay,
            forms: CustomerForms(customer, settings: settings, role: role, today: sampleDay, refused: refused),
            link: { $0 })
    }

    fileprivate static let sampleDay = Day(daysSince1970: 20_515)

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

    /// The same with a verification at `equity`.
    static func sample(equity: EquityStatus) -> CustomerDetail {
        var customer = sample
        guard equity != .none else { return customer }
        let today = CustomerPage.sampleDay
        let isVerified = equity == .verified || equity == .expired
        customer.equity = EquityRecord(
            status: equity == .expired ? .verified : equity, documentKind: isVerified ? "State card" : nil,
            documentReference: isVerified ? "NY-0042" : nil,
            expiresOn: isVerified ? today.advanced(by: equity == .expired ? -1 : 200) : nil,
            reason: isVerified ? "" : "The card could not be read", recordedAt: CustomerPage.sampleTime,
            recordedBy: "admin@demo.example")
        return customer
    }

    static let sampleOfNobody = CustomerDetail(
        card: .sampleWithoutAnything, qualifyingSpend: 5_000_00, createdAt: CustomerPage.sampleTime,
        erasedAt: CustomerPage.sampleTime, identities: [])
}

extension Redemption {
    /// Points reserved at the till.
    fileprivate static let heldSample: Redemption = {
        var hold = Redemption(
            id: RedemptionID(rawValue: 5), customer: CustomerID(rawValue: 7), label: "$5 off",
            price: RedemptionPrice(
                reward: RewardID(rawValue: 1), points: 100, value: 5_00, fullPoints: 100, fullValue: 5_00,
                shrinks: false), orderTotal: 60_00, status: .held,
            user: UserID(rawValue: 3), capturedAt: CustomerPage.sampleTime)
        hold.capturedAt = nil
        hold.expiresAt = CustomerPage.sampleTime.advanced(bySeconds: 900)
        return hold
    }()
}

extension AdjustForm {
    /// As somebody in a hurry types.
    static var sample: AdjustForm {
        var form = AdjustForm()
        form.points = "fifty"
        return form
    }
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
            points: index % 2 == 0 ? 60 : 1, user: kind == .note ? "admin@demo.example" : nil)
    }
}
