// rules.md, "Equity".

/// Where the verification of a customer's social-equity eligibility stands.
public enum EquityStatus: String, Codable, CaseIterable, Sendable {
    case none
    case pending
    case verified
    case expired
    case revoked
    case rejected

    /// Whether the workflow has this step: `none → pending → verified → expired | revoked`, or `pending → rejected`.
    /// What has ended may be applied for anew, which begins at pending again.
    public func mayBecome(_ next: EquityStatus) -> Bool {
        switch self {
        case .none, .rejected, .expired, .revoked: next == .pending
        case .pending: next == .verified || next == .rejected
        case .verified: next == .expired || next == .revoked
        }
    }

    /// The steps that a person takes from here; expiry comes by itself.
    public var stepsByHand: [EquityStatus] {
        [.pending, .verified, .rejected, .revoked].filter(mayBecome)
    }
}

/// One step of a verification, as recorded. Of the document its kind and reference, never the document.
public struct EquityRecord: Equatable, Sendable {
    /// The step: pending, verified, rejected or revoked.
    public var status: EquityStatus
    /// What was shown: `State card`.
    public var documentKind: String?
    /// Its number or where it is filed.
    public var documentReference: String?
    /// The last day it is in force; nil for no end.
    public var expiresOn: Day?
    /// In words; may be empty.
    public var reason: String
    /// From when it counts.
    public var recordedAt: Instant
    /// The e-mail of who recorded it.
    public var recordedBy: String?

    /// Makes a record.
    public init(
        status: EquityStatus, documentKind: String? = nil, documentReference: String? = nil, expiresOn: Day? = nil,
        reason: String = "", recordedAt: Instant, recordedBy: String? = nil
    ) {
        self.status = status
        self.documentKind = documentKind
        self.documentReference = documentReference
        self.expiresOn = expiresOn
        self.reason = reason
        self.recordedAt = recordedAt
        self.recordedBy = recordedBy
    }

    /// Where it stands on `day`: a verification whose last day has passed has expired.
    public func status(on day: Day) -> EquityStatus {
        if status == .verified, let expiresOn, expiresOn < day { return .expired }
        return status
    }

    /// The span that a verification opens: from the recorded moment to the end of the expiry date in the shop's zone.
    public func period(in calendar: LocalCalendar) -> EquityPeriod {
        EquityPeriod(start: recordedAt, end: expiresOn.map { calendar.start(of: $0.advanced(by: 1)) })
    }
}
