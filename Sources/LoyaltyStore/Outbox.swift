import LoyaltyRules
import MariaDB

/// How far a push to another system is.
public enum PushState: String, Sendable, CaseIterable, SQLBindable, SQLDecodable {
    /// To be sent.
    case queued
    /// Alpine IQ has nobody for this customer: sent once it has.
    case waiting
    /// Marked before the request goes out.
    case sending
    /// The answer was lost or not understood: looked for before it is sent again.
    case unclear
    /// Taken.
    case acknowledged
    /// Certainly not taken, and not sent again by itself.
    case refused
    /// Whether it was taken could not be found out.
    case unsettled
}

/// A customer's movements that Alpine IQ's figure may lack, as of one moment. rules.md, "Comparison".
public struct PendingAtAlpine: Equatable, Sendable {
    /// The sum of the movements not acknowledged at the moment.
    public var pending: Int64
    /// Points by which the figure of the moment plus `pending` may be too low, because a push was acknowledged less than
    /// 15 minutes before or a loss has been acknowledged since; zero or more.
    public var recentGain: Int64
    /// Points by which it may be too high, likewise; zero or more.
    public var recentLoss: Int64
    /// Whether a push is under way, or its answer was lost and nothing has settled it: then there is nothing to compare.
    public var isUnsettled: Bool

    /// Nothing pending.
    public init(pending: Int64 = 0, recentGain: Int64 = 0, recentLoss: Int64 = 0, isUnsettled: Bool = false) {
        self.pending = pending
        self.recentGain = recentGain
        self.recentLoss = recentLoss
        self.isUnsettled = isUnsettled
    }

    /// For so long a push that was acknowledged may be missing from Alpine's figure.
    static let lagSeconds: Int64 = 15 * 60
}

extension TenantQueries {
    /// What is pending for these customers as of `moment`, when Alpine IQ was asked for their figures; customers without
    /// anything pending are left out. To be asked after Alpine has answered, in one snapshot with the balances.
    ///
    /// A push that was acknowledged after `moment` counts as pending, and may nevertheless be in the figure already.
    public func pendingAtAlpine(
        of customers: some Collection<CustomerID>, at moment: Instant
    ) throws -> [CustomerID: PendingAtAlpine] {
        guard !customers.isEmpty else { return [:] }
        var found: [CustomerID: PendingAtAlpine] = [:]
        try connection.forEach(
            """
            SELECT customer_id, points, created_at <= \(moment) AS is_of_then,
                   acknowledged_at IS NULL OR acknowledged_at > \(moment) AS is_open_then,
                   acknowledged_at IS NOT NULL AS is_acknowledged, state IN ('sending', 'unclear', 'unsettled') AS is_unsettled
              FROM outbox FORCE INDEX (by_customer)
             WHERE tenant_id = \(tenant) AND customer_id IN (\(list: padded(customers))) AND destination = 'alpine'
               AND (acknowledged_at IS NULL OR acknowledged_at > \(moment.advanced(bySeconds: -PendingAtAlpine.lagSeconds)))
            """
        ) { row in
            let push = Pushed(
                points: try row.get("points"), isOfThen: try row.get("is_of_then"),
                wasOpen: try row.get("is_open_then"), isAcknowledged: try row.get("is_acknowledged"),
                isUnsettled: try row.get("is_unsettled"))
            try found[try row.get("customer_id"), default: PendingAtAlpine()].add(push)
        }
        return found.filter { $0.value != PendingAtAlpine() }
    }
}

private struct Pushed {
    let points: Int64
    /// Whether it existed at the moment.
    let isOfThen: Bool
    /// Whether it was not acknowledged at the moment.
    let wasOpen: Bool
    let isAcknowledged: Bool
    let isUnsettled: Bool
}

extension PendingAtAlpine {
    fileprivate mutating func add(_ push: Pushed) throws {
        isUnsettled = isUnsettled || push.isUnsettled
        if push.isOfThen, push.wasOpen { pending = try addingExactly(pending, push.points) }
        guard push.isAcknowledged else { return }
        // Acknowledged shortly before: the figure may lack it. Since: the figure may have it, beside what is pending.
        let lacking = push.wasOpen ? -push.points : push.points
        recentGain = try addingExactly(recentGain, max(lacking, 0))
        recentLoss = try addingExactly(recentLoss, max(-lacking, 0))
    }
}
