// rules.md, "Tiers".

/// A spend threshold with benefits.
public struct Tier: Equatable, Codable, Sendable {
    /// Stays the same through renames and new thresholds.
    public var id: TierID
    /// Shown to customers, 1 to 40 characters.
    public var name: String
    /// Qualifying spend from which the tier is held. The lowest tier's is always zero.
    public var threshold: Cents
    /// `#rrggbb`.
    public var color: String
    /// Multiplies what is earned, 1.0 to 10.0.
    public var earnMultiplier: Thousandths
    /// As the owner wrote them, one a line.
    public var benefits: [String]

    /// Makes a tier.
    public init(
        id: TierID, name: String, threshold: Cents, color: String, earnMultiplier: Thousandths, benefits: [String]
    ) {
        self.id = id
        self.name = name
        self.threshold = threshold
        self.color = color
        self.earnMultiplier = earnMultiplier
        self.benefits = benefits
    }

    /// The benefits as shown: a multiplier over one comes first and is written from the number that computes, so that
    /// promise and computation never differ.
    public var shownBenefits: [String] {
        earnMultiplier > .one ? ["\(earnMultiplier.text)x points"] + benefits : benefits
    }
}

/// The span of spend that counts for a tier.
public enum QualifyingWindow: String, Codable, CaseIterable, Sendable {
    case lifetime
    case twelveMonths = "12_months"

    /// The first day that counts, seen from `today`; nil when all do. Local days after the same date last year.
    public func firstDay(asOf today: Day) -> Day? {
        switch self {
        case .lifetime: nil
        case .twelveMonths: today.aYearBefore.advanced(by: 1)
        }
    }
}

/// A tier given by hand, with a reason, that wins over spend and inactivity.
public struct TierPin: Equatable, Sendable {
    /// The tier held.
    public var tier: TierID
    /// The last day it is held; nil for good.
    public var until: Day?
    /// When it was given; nil for always.
    public var since: Instant?

    /// Makes a pin.
    public init(tier: TierID, until: Day?, since: Instant? = nil) {
        self.tier = tier
        self.until = until
        self.since = since
    }

    /// Whether it had been given when an order was completed at `instant`; the end is for `TierSettings.tier` to see.
    public func wasGiven(by instant: Instant) -> Bool { since.map { $0 <= instant } ?? true }
}

extension TierSettings {
    /// The tier of a customer: a pure function of qualifying spend, days since the last order, settings and pin.
    ///
    /// - Parameters:
    ///   - spend: qualifying spend; below zero counts as zero.
    ///   - daysSinceLastOrder: nil for somebody who never ordered, who cannot be idle.
    public func tier(spend: Cents, daysSinceLastOrder: Int64?, pin: TierPin? = nil, today: Day) -> Tier {
        if let pin, pin.until.map({ today <= $0 }) ?? true, let pinned = tiers.first(where: { $0.id == pin.tier }) {
            return pinned
        }
        let bySpend = tiers.lastIndex { $0.threshold <= max(spend, .zero) } ?? 0
        guard demotionEnabled, let days = daysSinceLastOrder, days > 0 else { return tiers[bySpend] }
        let steps = days / demotionInactiveDays
        return tiers[steps >= bySpend ? 0 : bySpend - Int(steps)]
    }

    /// What is missing to the next tier by spend; nil at the top.
    public func next(after spend: Cents) -> (tier: Tier, remaining: Cents)? {
        let counted = max(spend, .zero)
        return tiers.first { $0.threshold > counted }.map {
            ($0, Cents(rawValue: $0.threshold.rawValue - counted.rawValue))
        }
    }
}
