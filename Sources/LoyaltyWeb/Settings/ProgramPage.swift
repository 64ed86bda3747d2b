import LoyaltyRules

/// What `templates/settings/program.mustache` prints.
public struct ProgramPage: Page {
    public static let template = "settings/program"

    public let title = "Program"
    let frame: SettingsFrame
    let paused: Field
    let pauseReason: Field
    let hideBarWhenPaused: Field
    let switches: [Field]
    let alpinePolicy: Field
    let numbers: [Field]
    let adjustLimit: Field

    /// The form with what is wrong beside its fields.
    public init(_ form: ProgramForm, _ problems: FormProblems = .none, _ context: SettingsContext) {
        let theirs = context.conflict.map { _ in ProgramForm(from: context.saved.program, version: 0).values }
        var make = FieldMaker(problems: problems, theirs: theirs)
        paused = make.check(
            "paused", "Pause the program", form.paused,
            help: "Sales made during a pause earn nothing, also later. Spend, tiers and segments go on. "
                + "Points can still be given back, but not used.")
        pauseReason = make.make(
            "pause_reason", "Reason", form.pauseReason, .long, help: "Shown on Today, to staff only.")
        hideBarWhenPaused = make.check(
            "hide_bar_when_paused", "Hide the bar on the menu during a pause", form.hideBarWhenPaused,
            help: "Otherwise the bar says that the program is paused.")
        switches = [
            make.check(
                "gamification_enabled", "Streaks and badges", form.gamificationEnabled,
                help: "Off: nothing new is counted, nothing is lost. Badges begin in a later version."),
            make.check(
                "campaigns_enabled", "Campaigns", form.campaignsEnabled, help: "Campaigns begin in a later version."),
            make.check(
                "outbound_enabled", "Messages, and points sent to Alpine IQ", form.outboundEnabled,
                help: "Off: they wait and go out when this is on again. Messages begin in a later version."),
            make.check(
                "pos_discount_enabled", "Carry rewards to the POS as discounts", form.posDiscountEnabled,
                help: "When points are used on an order that Alleaves knows, the discount is put on that order: yours "
                    + "where the reward names one by its number, else by the prices of its dearest lines. Only while the "
                    + "order is open, and while messages and points are sent. Points given back take changed prices "
                    + "back; a discount of yours has to be taken off by hand."),
        ]
        alpinePolicy = make.make(
            "alpine_policy", "When Alpine IQ has another number", form.alpinePolicy,
            .choice([
                ("override", "Take Alpine's number", "You see it under Reconciliation and can put ours back"),
                ("compare_only", "Only record the difference", "Points stay as they are here"),
            ]))
        numbers = [
            make.make(
                "discrepancy_percent", "Differences count above", form.discrepancyPercent, .whole,
                after: "% of Alpine's number"),
            make.make(
                "lag_hours", "A sale may be missing at Alpine for", form.lagHours, .whole, after: "hours"),
            make.make(
                "sync_every_minutes", "Read sales and points every", form.syncEveryMinutes, .whole, after: "minutes"),
        ]
        adjustLimit = make.make(
            "adjust_limit", "Managers may adjust by at most", form.adjustLimit, .whole, after: "points")
        frame = SettingsFrame(form, context, make)
    }
}
