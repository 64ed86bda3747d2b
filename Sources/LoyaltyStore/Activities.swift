import LoyaltyRules
import MariaDB

/// The kinds of a customer's timeline. rules.md, "Balance, ledger, activities".
public enum ActivityKind: String, Codable, CaseIterable, Sendable, SQLBindable, SQLDecodable {
    case order
    case pointsEarned = "points_earned"
    case pointsRedeemed = "points_redeemed"
    case pointsAdjusted = "points_adjusted"
    case tierChange = "tier_change"
    case segmentChange = "segment_change"
    case badgeEarned = "badge_earned"
    case hold
    case equityChange = "equity_change"
    case consentChange = "consent_change"
    case message
    case note
}

/// Something that happened to a customer, to store for the timeline: all but what `Timeline.swift` reads elsewhere.
public struct Activity: Equatable, Sendable {
    /// Whose.
    public var customer: CustomerID
    /// What.
    public var kind: ActivityKind
    /// When it happened, which for an order is its completion.
    public var at: Instant
    /// Why, in words.
    public var cause: String
    /// What was before.
    public var from: String?
    /// What is now.
    public var to: String?
    /// Points moved.
    public var points: Int64?
    /// The order concerned.
    public var order: OrderID?
    /// Who did it.
    public var user: UserID?

    /// Makes an activity.
    public init(
        customer: CustomerID, kind: ActivityKind, at: Instant, cause: String, from: String? = nil, to: String? = nil,
        points: Int64? = nil, order: OrderID? = nil, user: UserID? = nil
    ) {
        self.customer = customer
        self.kind = kind
        self.at = at
        self.cause = cause
        self.from = from
        self.to = to
        self.points = points
        self.order = order
        self.user = user
    }
}

extension Activity {
    /// What a posting tells besides its sales and its entries, which timelines read where they stand: a new tier, a new
    /// segment.
    static func of(
        _ posting: Posting, customer: LockedCustomer, settings: Settings, cause: PostingCause, at now: Instant
    ) -> [Activity] {
        let words = cause.words ?? "Orders"
        var list: [Activity] = []
        let before = customer.standing
        if before.tier != posting.standing.tier {
            func name(_ id: TierID) -> String? { settings.tiers.tiers.first { $0.id == id }?.name }
            list.append(
                Activity(
                    customer: customer.id, kind: .tierChange, at: now, cause: words, from: name(before.tier),
                    to: name(posting.standing.tier), user: cause.user))
        }
        if before.segment != posting.standing.segment {
            list.append(
                Activity(
                    customer: customer.id, kind: .segmentChange, at: now, cause: words,
                    from: before.segment.rawValue,
                    to: posting.standing.segment.rawValue))
        }
        return list
    }
}

extension TenantTransaction {
    /// Adds to timelines.
    public func insert(_ activities: [Activity]) throws {
        try connection.bulkInsert(
            """
            INSERT INTO customer_activities
              (tenant_id, customer_id, id, kind, at, cause, from_value, to_value, points, order_id, user_id)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            rows: activities.enumerated().map { number, activity in
                [
                    tenant.sqlValue, activity.customer.sqlValue,
                    ActivityID.make(at: activity.at, number: number).sqlValue,
                    activity.kind.sqlValue, activity.at.sqlValue,
                    String(String.UnicodeScalarView(activity.cause.unicodeScalars.prefix(500))).sqlValue,
                    activity.from.sqlValue, activity.to.sqlValue, activity.points.sqlValue, activity.order.sqlValue,
                    activity.user.sqlValue,
                ]
            })
    }
}

/// What an `ActivityID` names.
public enum ActivityEntity: Entity { public static let idPrefix = "act" }
/// A line of a timeline that is stored; for a sale, its order's id.
public typealias ActivityID = ID<ActivityEntity>
