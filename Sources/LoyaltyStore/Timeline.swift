import LoyaltyRules
import MariaDB

// rules.md, "Balance, ledger, activities". A timeline has three parts: lines that are stored, sales, and what orders moved
// in the ledger. The last two are read where they stand: stored again they would cost a sync a sixth of its time.

/// A line of a timeline as it is read.
public struct ActivityLine: Equatable, Sendable {
    /// What.
    public var kind: ActivityKind
    /// When.
    public var at: Instant
    /// Why.
    public var cause: String
    /// What was before.
    public var from: String?
    /// What is now.
    public var to: String?
    /// Points moved.
    public var points: Int64?
    /// The e-mail of who did it.
    public var user: String?
    /// Where newer lines begin.
    public fileprivate(set) var above = ActivityKey.newest
    /// Where older lines begin.
    public fileprivate(set) var below = ActivityKey.newest

    /// Makes one by hand, for samples and tests.
    public init(
        kind: ActivityKind, at: Instant, cause: String, from: String? = nil, to: String? = nil, points: Int64? = nil,
        user: String? = nil
    ) {
        self.kind = kind
        self.at = at
        self.cause = cause
        self.from = from
        self.to = to
        self.points = points
        self.user = user
    }
}

/// A place between two lines of a timeline. Moment and id part stored lines and sales, the number parts entries of the
/// ledger: their chain may disagree with the clocks, and what is read in its order is neither lost nor shown twice.
public struct ActivityKey: Equatable, Sendable {
    /// Stored lines and sales before this moment are older.
    public var at: Instant
    /// So are those of this moment with a lower id.
    public var id: ActivityID
    /// Entries with a lower number are older.
    public var sequence: Int64

    /// Makes a key.
    public init(at: Instant, id: ActivityID, sequence: Int64) {
        self.at = at
        self.id = id
        self.sequence = sequence
    }

    /// Above all lines; the last moment that the database can hold.
    static let newest = ActivityKey(
        at: Instant(microsecondsSince1970: 253_402_300_799_999_999), id: ActivityID(rawValue: 0), sequence: .max)
}

extension TenantQueries {
    /// A customer's timeline, newest first. Reads at most a page of each part, however long they are.
    public func activities(
        of customer: CustomerID, _ range: PageRange<ActivityKey>, limit: Int
    ) throws -> PageOf<ActivityLine> {
        let stretch = Stretch(range, count: limit + 1)
        let parts = [
            try storedLines(of: customer, stretch), try sales(of: customer, stretch),
            try movements(of: customer, stretch),
        ]
        return PageOf(stretch.lines(of: parts), limit: limit, range: range)
    }

    private func storedLines(of customer: CustomerID, _ stretch: Stretch) throws -> [TimelineRow] {
        let (at, id) = (stretch.start.at, stretch.start.id)
        let (condition, order, outerOrder): (SQL, SQL, SQL) =
            stretch.isUpward
            ? ("(at > \(at) OR (at = \(at) AND id >= \(id)))", "at, id", "activity.at, activity.id")
            : (
                "(at < \(at) OR (at = \(at) AND id < \(id)))", "at DESC, id DESC",
                "activity.at DESC, activity.id DESC"
            )
        return try connection.all(
            """
            SELECT activity.id, activity.kind, activity.at, activity.cause, activity.from_value, activity.to_value,
                   activity.points, users.email
              FROM (SELECT id, kind, at, cause, from_value, to_value, points, user_id FROM customer_activities
                     WHERE tenant_id = \(tenant) AND customer_id = \(customer) AND \(condition)
                     ORDER BY \(order) LIMIT \(stretch.count)) AS activity
              LEFT JOIN users ON users.id = activity.user_id
             ORDER BY \(outerOrder)
            """
        ) { row in
            TimelineRow(
                ActivityLine(
                    kind: try row.get("kind"), at: try row.get("at"), cause: try row.get("cause"),
                    from: try row.get("from_value"), to: try row.get("to_value"), points: try row.get("points"),
                    user: try row.get("email")),
                .moment(try row.get("id")))
        }
    }

    /// What counts as a sale, and what did: terms stay fixed when a sale is taken back. A customer's own now, as the point
    /// of sale tells them now.
    private func sales(of customer: CustomerID, _ stretch: Stretch) throws -> [TimelineRow] {
        let (at, id) = (stretch.start.at, stretch.start.id)
        let (condition, order): (SQL, SQL) =
            stretch.isUpward
            ? ("(completed_at > \(at) OR (completed_at = \(at) AND orders.id >= \(id)))", "completed_at, orders.id")
            : (
                "(completed_at < \(at) OR (completed_at = \(at) AND orders.id < \(id)))",
                "completed_at DESC, orders.id DESC"
            )
        return try connection.all(
            """
            SELECT STRAIGHT_JOIN orders.id, pos_order_id, total_cents, completed_at
              FROM orders FORCE INDEX (by_customer) \(StoredOrder.postings)
             WHERE orders.tenant_id = \(tenant) AND customer_id = \(customer) AND waiting_for IS NULL
               AND (is_counted = 1 OR settings_version IS NOT NULL) AND \(condition)
             ORDER BY \(order) LIMIT \(stretch.count)
            """
        ) { row in
            let total: Cents = try row.get("total_cents")
            return TimelineRow(
                ActivityLine(
                    kind: .order, at: try row.get("completed_at"),
                    cause: "Order \(try row.get("pos_order_id", as: String.self))",
                    // One that the point of sale has turned into a refund since was a sale of another amount.
                    to: total < .zero ? nil : total.dollarsText),
                .moment(try row.get("id")))
        }
    }

    /// The entries that posting orders makes; of others a line is stored.
    private func movements(of customer: CustomerID, _ stretch: Stretch) throws -> [TimelineRow] {
        let sequence = stretch.start.sequence
        let (condition, order): (SQL, SQL) =
            stretch.isUpward ? ("sequence >= \(sequence)", "sequence") : ("sequence < \(sequence)", "sequence DESC")
        return try connection.all(
            """
            SELECT sequence, points, reason, created_at FROM ledger_entries FORCE INDEX (PRIMARY)
             WHERE tenant_id = \(tenant) AND customer_id = \(customer) AND kind IN ('earn', 'clawback') AND \(condition)
             ORDER BY \(order) LIMIT \(stretch.count)
            """
        ) { row in
            let points: Int64 = try row.get("points")
            return TimelineRow(
                ActivityLine(
                    kind: points > 0 ? .pointsEarned : .pointsAdjusted, at: try row.get("created_at"),
                    cause: try row.get("reason"), points: points),
                .entry(try row.get("sequence")))
        }
    }
}

/// A line, and where its part has it.
private struct TimelineRow {
    enum Place {
        case moment(ActivityID)
        case entry(Int64)
    }

    let line: ActivityLine
    let place: Place

    init(_ line: ActivityLine, _ place: Place) {
        self.line = line
        self.place = place
    }

    func isNewer(than other: TimelineRow) -> Bool {
        switch (place, other.place) {
        case (.moment(let id), .moment(let otherID)): (line.at, id) > (other.line.at, otherID)
        case (.entry(let sequence), .entry(let otherSequence)): sequence > otherSequence
        case (.entry, .moment):
            // Of one moment: what brought points about, the points, and what they brought about.
            line.at > other.line.at
                || (line.at == other.line.at && other.line.kind != .tierChange && other.line.kind != .segmentChange)
        case (.moment, .entry): !other.isNewer(than: self)
        }
    }
}

/// So many lines of a timeline, from a place on.
private struct Stretch {
    let start: ActivityKey
    /// Towards newer lines.
    let isUpward: Bool
    let count: Int

    init(_ range: PageRange<ActivityKey>, count: Int) {
        (start, isUpward) =
            switch range {
            case .first: (.newest, false)
            case .older(let key): (key, false)
            case .newer(let key): (key, true)
            }
        self.count = count
    }

    /// The nearest lines of parts that come nearest first each.
    func lines(of parts: [[TimelineRow]]) -> [ActivityLine] {
        var rest = parts.map { $0[...] }
        var place = start
        var lines: [ActivityLine] = []
        while lines.count < count, let part = nearest(of: rest), let row = rest[part].popFirst() {
            let next = self.place(beyond: row, from: place)
            var line = row.line
            (line.above, line.below) = isUpward ? (next, place) : (place, next)
            lines.append(line)
            place = next
        }
        return lines
    }

    /// Which part goes on nearest.
    private func nearest(of rest: [ArraySlice<TimelineRow>]) -> Int? {
        var nearest: (part: Int, row: TimelineRow)?
        for (part, rows) in rest.enumerated() {
            guard let row = rows.first else { continue }
            if let nearest, nearest.row.isNewer(than: row) != isUpward { continue }
            nearest = (part, row)
        }
        return nearest?.part
    }

    private func place(beyond row: TimelineRow, from place: ActivityKey) -> ActivityKey {
        var next = place
        switch row.place {
        case .moment(let id):
            next.at = row.line.at
            next.id = isUpward ? ActivityID(rawValue: id.rawValue + 1) : id
        case .entry(let sequence): next.sequence = isUpward ? sequence + 1 : sequence
        }
        return next
    }
}
