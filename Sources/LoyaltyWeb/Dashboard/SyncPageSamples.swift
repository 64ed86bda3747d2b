import LoyaltyRules
import LoyaltyStore

extension SyncPage {
    public static let samples: [SyncPage] = [
        sample(full, role: .dispensaryAdmin),
        sample(full, role: .auditor),
        sample(
            full, role: .dispensaryAdmin,
            refused: Refused(
                exception: vanished.id, reason: "",
                problems: FormProblems(field: "reason", "Say why, in 1 to 200 characters."))),
        sample(Contents(exceptions: [], openCount: 0, runs: [], hasPointOfSale: true), role: .dispensaryAdmin),
    ]

    private static let foundAt = Instant(secondsSince1970: 1_772_578_800)
    private static let vanished = ExceptionCase(
        id: ExceptionID(rawValue: 2), subject: "48213",
        reason: "The point of sale no longer has this order. Its points stay until you decide.",
        order: OrderID(rawValue: 7), foundAt: foundAt)
    private static let full: Contents = {
        let refund = ExceptionCase(
            id: ExceptionID(rawValue: 1), subject: "48190",
            reason: "A refund that names no sale we know. Nothing was taken back.", foundAt: foundAt)
        return Contents(
            exceptions: [vanished, refund], openCount: 104, pushes: [push(3, .refused), push(4, .unsettled)],
            pushCount: 61,
            runs: DashboardPage.Figures.sample().runs, hasPointOfSale: true)
    }()

    private static func push(_ number: UInt128, _ state: PushState) -> PushProblem {
        PushProblem(
            id: PushID(rawValue: number), customer: .sample, points: state == .refused ? -100 : 50, state: state,
            words: "Alpine IQ refused these points (status 400).", attempts: 1, sentAt: foundAt, createdAt: foundAt)
    }

    private static func sample(_ contents: Contents, role: Role, refused: Refused? = nil) -> SyncPage {
        SyncPage(
            contents, settings: .defaults(name: "Juniper & Main", timeZone: "America/New_York"), role: role,
            refused: refused)
    }
}
