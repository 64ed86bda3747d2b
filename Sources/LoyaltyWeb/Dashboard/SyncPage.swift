import LoyaltyRules
import LoyaltyStore

/// The sync runs, and what they listed for somebody to decide.
public struct SyncPage: Page {
    public static let template = "dashboard/sync"

    public let title = "Sync"
    let purpose = "What each sync brought, and what it could not settle by itself."
    let canSync: Bool
    let exceptions: [Exception]
    let hasExceptions: Bool
    let shown: String?
    let lost: LostPushes?
    let problemHeadline: String?
    let problems: [SettingsFrame.Problem]
    let runs: [RunLine]
    let hasRuns: Bool

    /// A line with its forms.
    struct Exception: Sendable {
        let subject: String
        let reason: String
        let found: Moment
        let form: Form?
    }

    /// What may be decided.
    struct Form: Sendable {
        let action: String
        let why: Field
        let keepLabel: String
        let canTakeBack: Bool
    }

    /// A decision that was refused, as typed.
    struct Refused: Sendable {
        let exception: ExceptionID
        let reason: String
        let problems: FormProblems
    }

    /// What the page is made of.
    struct Contents: Sendable {
        /// Newest first.
        var exceptions: [ExceptionCase]
        /// How many there are in all.
        var openCount: Int64
        /// Points that did not reach Alpine IQ, oldest first.
        var pushes: [PushProblem] = []
        /// How many there are in all.
        var pushCount: Int64 = 0
        /// Newest first.
        var runs: [RunSummary]
        var hasPointOfSale: Bool
    }

    init(
        _ contents: Contents, settings: Settings, role: Role, refused: Refused? = nil,
        link: (String) -> String = { $0 }
    ) {
        let words = Words(settings.business.calendar)
        canSync = role.may(.runSync) && contents.hasPointOfSale
        var summary: [SettingsFrame.Problem] = []
        exceptions = contents.exceptions.map { found in
            Exception(
                subject: found.subject ?? "Several orders", reason: found.reason, found: words.moment(found.foundAt),
                form: role.may(.runSync) ? Form(found, refused: refused, &summary) : nil)
        }
        hasExceptions = !exceptions.isEmpty
        let hidden = contents.openCount - Int64(exceptions.count)
        shown = hidden > 0 ? "These are the newest. \(groupedDigits(hidden)) more wait." : nil
        lost = LostPushes(
            contents.pushes, count: contents.pushCount, words: words, role: role, link: link)
        problems = summary
        problemHeadline = summary.isEmpty ? nil : "Nothing was decided. One thing needs another look:"
        runs = contents.runs.map { RunLine($0, words: words) }
        hasRuns = !runs.isEmpty
    }
}

extension SyncPage.Form {
    fileprivate init(
        _ found: ExceptionCase, refused: SyncPage.Refused?,
        _ summary: inout [SettingsFrame.Problem]
    ) {
        let own = refused.flatMap { $0.exception == found.id ? $0 : nil }
        var make = FieldMaker(problems: own?.problems ?? .none, idPrefix: "\(found.id)-")
        action = "\(Path.sync)/exceptions/\(found.id)"
        canTakeBack = found.order != nil
        why = make.make(
            "reason", canTakeBack ? "Reason" : "Note", own?.reason ?? "", .long,
            help: canTakeBack ? "Needed to take points back." : "May be blank.")
        keepLabel = canTakeBack ? "Keep its points" : "Seen"
        summary += make.summary
    }
}
