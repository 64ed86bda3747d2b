public import LoyaltyRules
import MariaDB

extension TenantQueries {
    /// The newest step of a customer's verification with its number; nil before the first.
    func equityRecord(of customer: CustomerID) throws -> (number: Int64, record: EquityRecord)? {
        try connection.optional(
            """
            SELECT number, status, document_kind, document_reference, expires_on, reason, recorded_at, users.email
              FROM equity_records LEFT JOIN users ON users.id = equity_records.user_id
             WHERE tenant_id = \(tenant) AND customer_id = \(customer) ORDER BY number DESC LIMIT 1
            """
        ) { row in
            (
                try row.get("number"),
                EquityRecord(
                    status: try row.get("status"), documentKind: try row.get("document_kind"),
                    documentReference: try row.get("document_reference"), expiresOn: try row.get("expires_on"),
                    reason: try row.get("reason"), recordedAt: try row.get("recorded_at"),
                    recordedBy: try row.get("email"))
            )
        }
    }
}

extension TenantStore {
    /// Records a step of a customer's verification, and from when to when equity is in force by it.
    ///
    /// - Parameters:
    ///   - record: a verification carries document kind and reference; `recordedAt` is now.
    ///   - calendar: the shop's, for the end of the expiry date.
    ///   - audit: written with it; what it says must not name the document.
    /// - Throws: `Refusal.invalidRequest` for a step that the workflow does not have; `.notFound` for an unknown
    ///   customer; `.conflict` for one who was erased.
    public func recordEquity(
        _ record: EquityRecord, of id: CustomerID, by user: UserID, in calendar: LocalCalendar, audit: AuditRecord
    ) throws {
        let now = record.recordedAt
        try transaction { tx in
            let customer = try tx.lockForChange(id)
            let last = try tx.equityRecord(of: id)
            let status = last?.record.status(on: calendar.day(of: now)) ?? .none
            guard status.mayBecome(record.status) else {
                throw Refusal(
                    .invalidRequest, "From “\(status.rawValue)” there is no step to “\(record.status.rawValue)”.")
            }
            try tx.insert(record, number: (last?.number ?? 0) + 1, of: id, by: user)
            switch record.status {
            case .verified: try tx.open(record.period(in: calendar), of: id)
            case .revoked: try tx.endEquity(of: id, at: now)
            default: break
            }
            try tx.insert([
                Activity(
                    customer: customer.id, kind: .equityChange, at: now,
                    cause: record.reason.isEmpty ? "Recorded" : record.reason, from: status.rawValue,
                    to: record.status.rawValue, user: user)
            ])
            try tx.append(audit)
        }
    }
}

extension TenantTransaction {
    fileprivate func insert(_ record: EquityRecord, number: Int64, of customer: CustomerID, by user: UserID) throws {
        try connection.execute(
            """
            INSERT INTO equity_records (tenant_id, customer_id, number, status, document_kind, document_reference,
              expires_on, reason, user_id, recorded_at)
            VALUES (\(tenant), \(customer), \(number), \(record.status), \(record.documentKind),
              \(record.documentReference), \(record.expiresOn), \(record.reason), \(user), \(record.recordedAt))
            """)
    }

    fileprivate func open(_ period: EquityPeriod, of customer: CustomerID) throws {
        try connection.execute(
            """
            INSERT INTO equity_periods (tenant_id, customer_id, starts_at, ends_at)
            VALUES (\(tenant), \(customer), \(period.start), \(period.end))
            """)
    }

    /// Ends what is in force; what has ended keeps its end.
    fileprivate func endEquity(of customer: CustomerID, at now: Instant) throws {
        try connection.execute(
            """
            UPDATE equity_periods SET ends_at = \(now)
             WHERE tenant_id = \(tenant) AND customer_id = \(customer) AND starts_at <= \(now)
               AND (ends_at IS NULL OR ends_at > \(now))
            """)
    }
}
