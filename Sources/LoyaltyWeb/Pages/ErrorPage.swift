/// What a person sees instead of the page, with the reference that log and audit carry too.
public struct ErrorPage: Page {
    public static let template = "error"

    public let title: String
    let status: String
    let explanation: String
    let kept: String?
    let wayOutLabel: String
    let wayOutHref: String

    /// Says what happened, what was kept, what to do.
    ///
    /// - Parameters:
    ///   - kept: what became of the person's work, if there was any: `Nothing was saved.`
    ///   - wayOut: the link to go on with.
    public init(status: Int, title: String, explanation: String, kept: String? = nil, wayOut: Chrome.Link) {
        self.title = title
        self.status = String(status)
        self.explanation = explanation
        self.kept = kept
        wayOutLabel = wayOut.linkLabel
        wayOutHref = wayOut.linkHref
    }

    /// The words for a status that needs none of its own.
    public init(status: Int) {
        let today = Chrome.Link("Go to Today", to: Section.today.path)
        switch status {
        case 400:
            self.init(
                status: status, title: "The request was not understood",
                explanation: "Open the page again and repeat the step.", kept: "Nothing was saved.", wayOut: today)
        case 403:
            self.init(
                status: status, title: "You may not do this",
                explanation: "Your role does not include it, or the page was open too long. "
                    + "Open the page again, or ask an admin of your shop.",
                kept: "Nothing was saved.", wayOut: today)
        case 404:
            self.init(
                status: status, title: "There is no such page",
                explanation: "The address may be mistyped, or what it showed belongs to another shop.", wayOut: today)
        case 503:
            self.init(
                status: status, title: "The database cannot be reached",
                explanation: "Wait a minute and try again. Points and settings are safe.",
                kept: "What you just sent may not have been saved: look before you send it again.", wayOut: today)
        default:
            self.init(
                status: status, title: "Something went wrong",
                explanation: "The fault is ours and has been recorded. If it happens again, tell your operator the "
                    + "reference below.", kept: "Look whether your last step was saved before you repeat it.",
                wayOut: today)
        }
    }

    public static let samples = [400, 403, 404, 500, 503].map { ErrorPage(status: $0) }
}
