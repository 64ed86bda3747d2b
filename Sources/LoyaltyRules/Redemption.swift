// rules.md, "Redemption".

/// How points are asked to be used.
public enum RedemptionRequest: Equatable, Sendable {
    /// A redemption tier.
    case reward(RewardID)
    /// Any number of points.
    case points(Int64)
}

/// Why points cannot be used. contract.md, "API v1", "Codes".
public enum RedemptionProblem: Error, Equatable, Sendable, CustomStringConvertible {
    /// The program is paused.
    case programPaused
    /// The tenant has no such redemption tier.
    case unknownReward
    /// The full cost, and how many points are missing of it.
    case insufficientPoints(required: Int64, shortBy: Int64)
    /// The order can take this much more at most, which may be nothing.
    case rewardExceedsOrder(limit: Cents)
    /// The order is smaller than a reward may be used on.
    case belowMinimumOrder(Cents)
    /// In words.
    case notRedeemable(String)

    /// As programs read it.
    public var code: String {
        switch self {
        case .programPaused: "program_paused"
        case .unknownReward: "not_found"
        case .insufficientPoints: "insufficient_points"
        case .rewardExceedsOrder: "reward_exceeds_order"
        case .belowMinimumOrder: "below_minimum_order"
        case .notRedeemable: "not_redeemable"
        }
    }

    /// As people read it.
    public var description: String {
        switch self {
        case .programPaused: "The program is paused: no points can be used now."
        case .unknownReward: "There is no such reward."
        case .insufficientPoints(let required, let shortBy):
            "\(pointsText(required)) are needed, \(groupedDigits(shortBy)) more than are available."
        case .rewardExceedsOrder(let limit):
            limit > .zero
                ? "The reward is worth more than this order can take: \(limit.formatted())."
                : "This order can take no further reward."
        case .belowMinimumOrder(let minimum): "Rewards can be used on orders of \(minimum.formatted()) or more."
        case .notRedeemable(let reason): reason
        }
    }
}

/// What a use of points costs and is worth.
public struct RedemptionPrice: Equatable, Sendable {
    /// The redemption tier; nil for a number of points.
    public var reward: RewardID?
    /// What is charged.
    public var points: Int64
    /// What is taken off the order.
    public var value: Cents
    /// What would be charged without a cap.
    public var fullPoints: Int64
    /// What would be taken off without a cap.
    public var fullValue: Cents
    /// Whether the points charged shrink with a cap; without that a reward larger than the order is refused.
    public var shrinks: Bool

    /// Makes a price.
    public init(
        reward: RewardID?, points: Int64, value: Cents, fullPoints: Int64, fullValue: Cents, shrinks: Bool
    ) {
        self.reward = reward
        self.points = points
        self.value = value
        self.fullPoints = fullPoints
        self.fullValue = fullValue
        self.shrinks = shrinks
    }

    /// A price without a cap.
    init(reward: RewardID?, points: Int64, value: Cents, shrinks: Bool) {
        self.init(
            reward: reward, points: points, value: value, fullPoints: points, fullValue: value, shrinks: shrinks)
    }

    /// This price on an order that can take `limit`: never more than now.
    public func capped(at limit: Cents) throws(RedemptionProblem) -> RedemptionPrice {
        if value <= limit { return self }
        guard limit > .zero, shrinks else { throw .rewardExceedsOrder(limit: limit) }
        var price = self
        price.value = limit
        price.points = Self.charge(fullPoints, for: limit, of: fullValue)
        return price
    }

    /// `ceil(points × value / full value)`, where the value is above zero and at most the full one: then the result is
    /// from 1 to `points`.
    private static func charge(_ points: Int64, for value: Cents, of fullValue: Cents) -> Int64 {
        let (quotient, remainder) = (Int128(points) * Int128(value.rawValue))
            .quotientAndRemainder(dividingBy: Int128(fullValue.rawValue))
        return Int64(quotient) + (remainder > 0 ? 1 : 0)
    }
}

/// What an order can take: its total, the largest share a reward may pay, and what other open or captured redemptions
/// of the same order take already.
public struct OrderCap: Equatable, Sendable {
    /// The order's total.
    public var total: Cents
    /// 1 to 100.
    public var maxPercent: Int64
    /// By other redemptions of the order, zero or more.
    public var taken: Cents

    /// Makes a cap.
    public init(total: Cents, maxPercent: Int64, taken: Cents = .zero) {
        self.total = total
        self.maxPercent = maxPercent
        self.taken = taken
    }

    /// What can be taken off still; zero or less for nothing.
    public var limit: Cents {
        let share = Int64(Int128(max(0, total.rawValue)) * Int128(maxPercent) / 100)
        return Cents(rawValue: share - taken.rawValue)
    }
}

/// What one use of points depends on, at one moment. The one place that prices: quotes, previews and redemptions ask
/// it.
public struct RedemptionDesk: Equatable, Sendable {
    /// As in force.
    public var settings: RedemptionSettings
    /// Whether the program is paused.
    public var isPaused: Bool
    /// What the customer can spend.
    public var available: Int64
    /// The order's total.
    public var orderTotal: Cents
    /// By other open or captured redemptions of the order.
    public var taken: Cents

    /// Makes a desk.
    public init(
        settings: RedemptionSettings, isPaused: Bool = false, available: Int64, orderTotal: Cents, taken: Cents = .zero
    ) {
        self.settings = settings
        self.isPaused = isPaused
        self.available = available
        self.orderTotal = orderTotal
        self.taken = taken
    }

    /// What `request` costs and is worth.
    public func price(of request: RedemptionRequest) throws(RedemptionProblem) -> RedemptionPrice {
        if isPaused { throw .programPaused }
        let full = try fullPrice(of: request)
        if orderTotal < settings.minimumOrder { throw .belowMinimumOrder(settings.minimumOrder) }
        // The full cost is needed, also when a cap lowers the charge.
        guard full.fullPoints <= available else {
            throw .insufficientPoints(required: full.fullPoints, shortBy: full.fullPoints - available)
        }
        return try full.capped(at: cap.limit)
    }

    /// Every redemption tier, in order of cost, with whether it can be used and why not.
    public var options: [RedemptionOption] {
        settings.rewards.map { reward in
            do throws(RedemptionProblem) {
                return RedemptionOption(reward: reward, price: try price(of: .reward(reward.id)), problem: nil)
            } catch {
                return RedemptionOption(reward: reward, price: settings.price(of: reward), problem: error)
            }
        }
    }

    /// The most points that this order can take: asked for, so many are charged. Nil when no number of points can be
    /// used, or even the fewest would be charged in part only.
    public var bestPartial: RedemptionPrice? {
        let costs = settings.rewards.map(\.pointsCost).filter { $0 <= available }
        // What a point is worth rises at each cost. Between two of them, once a number is too many all above are.
        var end = available
        for cost in costs.reversed() {
            if var best = wholePrice(cost) {
                var (low, high) = (cost, end)
                while low < high {
                    let middle = low + (high - low) / 2 + 1
                    if let price = wholePrice(middle) { (low, best) = (middle, price) } else { high = middle - 1 }
                }
                return best
            }
            end = cost - 1
        }
        return nil
    }

    /// What the order can take of this.
    private var cap: OrderCap { OrderCap(total: orderTotal, maxPercent: settings.maxOrderPercent, taken: taken) }

    /// The price of so many points; nil when it is refused or fewer are charged.
    private func wholePrice(_ points: Int64) -> RedemptionPrice? {
        do throws(RedemptionProblem) {
            let price = try price(of: .points(points))
            return price.points == points ? price : nil
        } catch {
            return nil
        }
    }

    private func fullPrice(of request: RedemptionRequest) throws(RedemptionProblem) -> RedemptionPrice {
        switch request {
        case .reward(let id):
            guard let reward = settings.rewards.first(where: { $0.id == id }) else { throw .unknownReward }
            return settings.price(of: reward)
        case .points(let points): return try settings.price(ofPoints: points)
        }
    }
}

/// A redemption tier as quoted.
public struct RedemptionOption: Equatable, Sendable {
    /// Which.
    public var reward: Reward
    /// What would be charged and taken off; the full price when it cannot be used.
    public var price: RedemptionPrice
    /// Why it cannot be used; nil when it can.
    public var problem: RedemptionProblem?

    /// How many points are missing; nil when that is not why.
    public var shortBy: Int64? {
        if case .insufficientPoints(_, let shortBy) = problem { shortBy } else { nil }
    }
}

extension RedemptionSettings {
    /// A redemption tier's price without a cap.
    func price(of reward: Reward) -> RedemptionPrice {
        RedemptionPrice(reward: reward.id, points: reward.pointsCost, value: reward.value, shrinks: partialRedemption)
    }

    /// What so many points are worth without a cap: at the most cents per point among the tiers that the number
    /// reaches, rounded down.
    func price(ofPoints points: Int64) throws(RedemptionProblem) -> RedemptionPrice {
        guard partialRedemption else { throw .notRedeemable("Points are used for whole rewards only.") }
        guard let smallest = rewards.map(\.pointsCost).min() else { throw .notRedeemable("There are no rewards.") }
        guard points >= smallest else {
            throw .notRedeemable("At least \(pointsText(smallest)) can be used at once.")
        }
        let worth = rewards.filter { $0.pointsCost <= points }.map { reward in
            Int128(points) * Int128(reward.value.rawValue) / Int128(reward.pointsCost)
        }
        // Of quotients rounded down, too, the best rate gives the largest.
        guard let value = Int64(exactly: worth.max() ?? 0) else {
            throw .notRedeemable("These are too many points to compute with.")
        }
        guard value > 0 else { throw .notRedeemable("\(pointsText(points)) are worth less than a cent.") }
        return RedemptionPrice(reward: nil, points: points, value: Cents(rawValue: value), shrinks: true)
    }
}

extension Reward {
    /// What a till or a receipt calls it.
    public var label: String { description.isEmpty ? "\(value.formatted(short: true)) off" : description }
}

/// `1 point`, `1,240 points`.
public func pointsText(_ points: Int64) -> String { "\(groupedDigits(points)) \(points == 1 ? "point" : "points")" }
