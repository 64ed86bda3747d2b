import LoyaltyRules
import LoyaltyStore
import Secrets

/// The customer at the till: points, and what they do for this order. Contact data is masked for everybody here, for
/// a till's screen is seen from both sides.
struct TillCustomer: Sendable {
    let customerID: String
    let customerName: String
    let contact: String
    let balanceText: String
    let reserved: String?
    let asOf: Moment
    let tierText: String
    let stop: String?
    let total: String
    let order: String
    let totalText: String?
    let enoughFor: String?
    /// Whether an order's total is of any use.
    let canUsePoints: Bool
    /// Made when the page is rendered. All forms of a page share it: a page takes points once.
    let requestKey: String
    let usable: [Offer]
    let hasUsable: Bool
    let others: [Offer]
    let hasOthers: Bool
    let partial: Partial?
    let recent: [Recent]
    let hasRecent: Bool

    /// A reward for this order.
    struct Offer: Sendable {
        let rewardID: String
        let offerText: String
        let why: String?
    }

    /// Any number of points.
    struct Partial: Sendable {
        let partialHelp: String
    }

    /// A use of points that counts still, so that nobody takes them twice.
    struct Recent: Sendable {
        let recentText: String
        let recentUndo: TillOutcome.Undo?
    }

    /// What the page knows.
    struct Figures: Sendable {
        var card: CustomerCard
        var posID: String?
        var qualifyingSpend: Cents
        /// As of when the points are known to be right.
        var asOf: Instant
        /// Every reward; none without a total.
        var options: [RedemptionOption]
        var bestPartial: RedemptionPrice?
        /// As typed and read; nil without one.
        var order: RedemptionOrder?
        /// The newest uses of points, with whether this person may give them back.
        var recent: [(redemption: Redemption, mayUndo: Bool)]
    }

    init(_ figures: Figures, settings: Settings, clock: TillClock) {
        let card = figures.card
        let contacts = ContactWords(isMasked: true)
        customerID = "\(card.id)"
        customerName = contacts.name(card, posID: figures.posID)
        contact = [
            contacts.phone(card.phone), contacts.email(card.email), figures.posID.map { "id \($0)" },
        ].compactMap { $0 }.joined(separator: " · ")
        balanceText = Words.points(card.available)
        reserved = card.held > 0 ? "\(groupedDigits(card.held)) more are reserved" : nil
        asOf = clock.moment(figures.asOf)
        tierText = Self.tier(figures, settings: settings)
        stop = settings.program.paused ? "The program is paused: no points can be used now." : nil
        total = figures.order?.total.fieldText ?? ""
        order = figures.order?.posOrderID ?? ""
        totalText = figures.order?.total.formatted()
        enoughFor = figures.order == nil && stop == nil ? Self.enough(card.available, settings.redemptions) : nil
        canUsePoints = stop == nil && settings.redemptions.rewards.contains { $0.pointsCost <= card.available }
        requestKey = RandomBytes.token()
        let options = settings.program.paused ? [] : figures.options
        usable = options.filter { $0.problem == nil }.map { option in
            Offer(
                rewardID: "\(option.reward.id)",
                offerText: "Use \(Words.points(option.price.points)): \(option.price.value.formatted()) off", why: nil)
        }
        hasUsable = !usable.isEmpty
        others = options.filter { $0.problem != nil }.map { option in
            Offer(
                rewardID: "", offerText: "\(Words.points(option.reward.pointsCost)), \(option.reward.label)",
                why: option.problem?.description)
        }
        hasOthers = !others.isEmpty
        partial =
            stop == nil && settings.redemptions.partialRedemption
            ? figures.bestPartial.map { best in
                Partial(
                    partialHelp: "At most \(Words.points(best.points)), \(best.value.formatted()), for this order.")
            } : nil
        recent = figures.recent.map { Self.recent($0.redemption, mayUndo: $0.mayUndo, clock: clock) }
        hasRecent = !recent.isEmpty
    }

    private static func tier(_ figures: Figures, settings: Settings) -> String {
        let name = settings.tiers.name(of: figures.card.tier)
        guard let next = settings.tiers.next(after: figures.qualifyingSpend) else { return name }
        return "\(name), \(next.remaining.formatted()) to \(next.tier.name)"
    }

    private static func enough(_ available: Int64, _ settings: RedemptionSettings) -> String {
        let labels = settings.rewards.filter { $0.pointsCost <= available }.map(\.label)
        if !labels.isEmpty {
            return "Enough for: \(labels.joined(separator: ", ")). Enter the order’s total to use points."
        }
        guard let first = settings.rewards.min(by: { $0.pointsCost < $1.pointsCost }) else {
            return "The shop has no rewards yet."
        }
        return
            "Not enough points for a reward yet: \(first.label) takes \(groupedDigits(first.pointsCost - available)) more."
    }

    private static func recent(_ redemption: Redemption, mayUndo: Bool, clock: TillClock) -> Recent {
        let taken = redemption.capturedAt.map { clock.dated($0) } ?? ""
        let points = Words.points(redemption.price.points)
        return Recent(
            recentText: "\(points) for \(redemption.price.value.formatted()) at \(taken)",
            recentUndo: mayUndo ? TillOutcome.Undo(redemption, clock: clock) : nil)
    }
}

extension TillOutcome.Undo {
    init(_ redemption: Redemption, clock: TillClock) {
        undoID = "\(redemption.id)"
        undoKey = RandomBytes.token()
        undoLabel = "Give \(Words.points(redemption.price.points)) back"
    }
}
