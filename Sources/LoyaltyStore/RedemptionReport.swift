public import LoyaltyRules
import MariaDB

/// What a report of redemptions is divided by. contract.md, "Sign-in, roles, pages".
public enum RedemptionGrouping: String, CaseIterable, Sendable {
    case day
    case tier
    case staff
    case store
    case source
}

/// The redemptions of one day, reward, person, store or source.
public struct RedemptionReportLine: Equatable, Sendable {
    /// The day as in `2026-03-03`, the reward's label, the person's e-mail, the store's name, `till` or `api`; nil for
    /// what has none: any number of points, a program, a store that nobody told.
    public var name: String?
    /// How many were captured.
    public var taken: Int64 = 0
    /// How many of these were voided or reversed later.
    public var givenBack: Int64 = 0
    /// Of those that stand.
    public var points: Int64 = 0
    /// Of those that stand.
    public var value: Cents = .zero
    /// The sum of the orders of those that stand.
    public var orderTotal: Cents = .zero

    /// A line without redemptions.
    public init(name: String?) { self.name = name }

    /// Average order of those that stand, rounded down; nil without one.
    public var averageOrder: Cents? {
        let standing = taken - givenBack
        return standing > 0 ? Cents(rawValue: orderTotal.rawValue / standing) : nil
    }

    /// How many of a thousand were given back, rounded down.
    public var givenBackPerMille: Int64 { taken > 0 ? givenBack * 1_000 / taken : 0 }

    /// Both together, under this name.
    public func adding(_ other: RedemptionReportLine) throws(Overflow) -> RedemptionReportLine {
        var sum = self
        sum.taken = try addingExactly(taken, other.taken)
        sum.givenBack = try addingExactly(givenBack, other.givenBack)
        sum.points = try addingExactly(points, other.points)
        sum.value = try value.adding(other.value)
        sum.orderTotal = try orderTotal.adding(other.orderTotal)
        return sum
    }
}

extension TenantQueries {
    /// Redemptions captured from the first through the last local day: days in order, all else by points, most first.
    public func redemptionReport(
        by grouping: RedemptionGrouping, from first: Day, through last: Day, calendar: LocalCalendar
    ) throws -> [RedemptionReportLine] {
        // Quarters of an hour: see `dailyPoints`.
        let key: SQL =
            switch grouping {
            case .day: "CAST(UNIX_TIMESTAMP(redemption.captured_at) DIV 900 AS CHAR)"
            case .tier: "COALESCE(HEX(redemption.redemption_tier_id), '')"
            case .staff: "COALESCE(HEX(redemption.user_id), '')"
            case .store: "COALESCE(HEX(redemption.pos_location_id), '')"
            case .source: "redemption.source"
            }
        var days: [RedemptionReportLine] = []
        let lines = try connection.all(
            """
            SELECT \(key) AS group_key, MAX(redemption.redemption_tier_id) AS tier, MAX(redemption.label) AS label,
                   MAX(users.email) AS email, MAX(redemption.pos_location_id) AS location,
                   MAX(locations.name) AS location_name, MAX(redemption.source) AS source, COUNT(*) AS taken,
                   CAST(SUM(redemption.status <> 'captured') AS SIGNED) AS given_back,
                   CAST(SUM(IF(redemption.status = 'captured', redemption.points, 0)) AS SIGNED) AS points,
                   CAST(SUM(IF(redemption.status = 'captured', redemption.value_cents, 0)) AS SIGNED) AS value,
                   CAST(SUM(IF(redemption.status = 'captured', redemption.order_total_cents, 0)) AS SIGNED) AS total
              FROM redemptions AS redemption FORCE INDEX (by_capture)
              LEFT JOIN users ON users.id = redemption.user_id
              LEFT JOIN locations ON locations.tenant_id = redemption.tenant_id
                AND locations.pos_location_id = redemption.pos_location_id
             WHERE redemption.tenant_id = \(tenant) AND redemption.captured_at >= \(calendar.start(of: first))
               AND redemption.captured_at < \(calendar.start(of: last.advanced(by: 1)))
             GROUP BY group_key ORDER BY points DESC, group_key LIMIT 40000
            """
        ) { row in
            var line = RedemptionReportLine(name: try Self.name(row, grouping, calendar))
            line.taken = try row.get("taken")
            line.givenBack = try row.get("given_back")
            line.points = try row.get("points")
            line.value = try row.get("value")
            line.orderTotal = try row.get("total")
            return line
        }
        guard grouping == .day else { return lines }
        for line in lines.sorted(by: { ($0.name ?? "") < ($1.name ?? "") }) {
            if let last = days.last, last.name == line.name {
                days[days.count - 1] = try last.adding(line)
            } else {
                days.append(line)
            }
        }
        return days
    }

    private static func name(
        _ row: Row, _ grouping: RedemptionGrouping, _ calendar: LocalCalendar
    ) throws -> String? {
        switch grouping {
        case .day:
            let quarter = wholeNumber(parsing: try row.get("group_key")) ?? 0
            return "\(calendar.day(of: Instant(secondsSince1970: quarter * 900)))"
        case .tier: return try row.get("tier", as: RewardID?.self) == nil ? nil : row.get("label")
        case .staff: return try row.get("email")
        case .store: return try row.get("location_name", as: String?.self) ?? row.get("location", as: String?.self)
        case .source: return try row.get("source", as: String.self)
        }
    }
}
