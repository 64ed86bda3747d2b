import LoyaltyRules
import LoyaltyStore

extension ReconciliationPage {
    public static let samples: [ReconciliationPage] = [
        sample(.open, as: .dispensaryAdmin), sample(.open, as: .auditor), sample(.resolved, as: .dispensaryAdmin),
        sample(.nothing, as: .dispensaryAdmin),
        sample(
            .open, as: .dispensaryAdmin,
            refused: Refused(
                incident: Incident.sample.id, reason: "x",
                problems: FormProblems(field: "reason", "At most 200 characters."))),
    ]

    private static func sample(_ contents: Contents, as role: Role, refused: Refused? = nil) -> ReconciliationPage {
        ReconciliationPage(
            contents, settings: .barSample(full: true), role: role, refused: refused, link: { $0 })
    }
}

extension ReconciliationPage.Contents {
    fileprivate static let open: Self = {
        var records = PageOf(
            all: [DiscrepancyCard.sample(.open)]
                + UntakenReason.allCases.map { DiscrepancyCard.sample(.open, untaken: $0) })
        records.hasOlder = true
        records.hasNewer = true
        return Self(isOpen: true, records: records, incidents: [.sample, .sample(.first, .open)])
    }()

    fileprivate static let resolved = Self(
        isOpen: false, records: PageOf(all: DiscrepancyState.allCases.dropFirst().map { DiscrepancyCard.sample($0) }),
        incidents: IncidentState.allCases.dropFirst().map { .sample(.reconciled, $0) })

    fileprivate static let nothing = Self(isOpen: true, records: PageOf(all: []), incidents: [])
}

extension DiscrepancyPage {
    public static let samples: [DiscrepancyPage] =
        [sample(.sample(.open)), sample(.sample(.open, untaken: .hold)), sample(.sample(.open), as: .auditor)]
        + DiscrepancyState.allCases.dropFirst().map { sample(.sample($0)) }
        + [
            sample(
                .sample(.open),
                refused: FormProblems([
                    SettingsProblem("action", "50 points would have to be taken, and 40 points are free."),
                    SettingsProblem("points", "30 points are reserved. Enter at least as many."),
                    SettingsProblem("reason", "Say why, in 1 to 200 characters."),
                ]))
        ]

    private static func sample(
        _ card: DiscrepancyCard, as role: Role = .dispensaryAdmin, refused: FormProblems? = nil
    ) -> DiscrepancyPage {
        DiscrepancyPage(
            Contents(
                card: card,
                readings: [AlpineFigure.known(1_300), .hidden, .unknown, .notAMember].map {
                    AlpineReading(figure: $0, requestedAt: card.record.requestedAt)
                }, entries: role == .auditor ? [] : LedgerLine.samples),
            settings: .barSample(full: true), role: role, refused: refused.map { (DiscrepancyForm(), $0) },
            link: { $0 })
    }
}

extension DiscrepancyCard {
    fileprivate static func sample(_ state: DiscrepancyState, untaken: UntakenReason? = nil) -> DiscrepancyCard {
        let at = Instant(secondsSince1970: 1_772_578_800)
        var record = Discrepancy(
            id: DiscrepancyID(rawValue: UInt128(untaken.map { $0.rawValue.utf8.count } ?? 1)),
            customer: CustomerCard.sample.id, state: state, openedAt: at, requestedAt: at, calculated: 1_240,
            alpine: 1_300, pending: untaken == nil ? 0 : -250, difference: 60, takenPoints: untaken == nil ? 60 : 0,
            untakenPoints: untaken == nil ? 0 : 60, untakenReason: untaken)
        if state != .open {
            record.resolvedAt = at.advanced(bySeconds: 3_600)
            record.resolvedBy = state == .accepted ? nil : "admin@demo.example"
            record.resolutionReason = "Agreed by phone"
            record.movedPoints = -60
            record.pushedPoints = -60
        }
        return DiscrepancyCard(record: record, customer: .sample)
    }
}

extension Incident {
    fileprivate static let sample = sample(.reconciled, .open)

    fileprivate static func sample(_ group: ComparisonGroup, _ state: IncidentState) -> Incident {
        let at = Instant(secondsSince1970: 1_772_578_800)
        var incident = Incident(
            id: IncidentID(rawValue: group == .first ? 2 : 1), group: group, state: state, openedAt: at, compared: 1_000
        )
        (incident.members, incident.settled) = (300, state == .applied ? 200 : 0)
        (incident.calculated, incident.alpine, incident.difference) = (30_000, 0, -30_000)
        incident.samples = [
            IncidentSample(customer: .sample, calculated: 1_240, alpine: 0, difference: -1_240)
        ]
        if state != .open {
            incident.decidedAt = at.advanced(bySeconds: 3_600)
            incident.decidedBy = "admin@demo.example"
            incident.reason = "Points expired there"
        }
        return incident
    }
}
