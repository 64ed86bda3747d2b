public import LoyaltyRules
import MariaDB

/// Points given or taken by hand.
public struct Adjustment: Equatable, Sendable {
    /// Whose.
    public var customer: CustomerID
    /// Signed, never zero.
    public var points: Int64
    /// In words, 1 to 200 characters.
    public var reason: String
    /// Made once for each intention: a form's, or a request's. At most 100 bytes.
    public var key: String
    /// Who, if a person.
    public var user: UserID?
    /// The request.
    public var requestID: String?

    /// Makes an adjustment.
    public init(
        customer: CustomerID, points: Int64, reason: String, key: String, user: UserID? = nil, requestID: String? = nil
    ) {
        self.customer = customer
        self.points = points
        self.reason = reason
        self.key = key
        self.user = user
        self.requestID = requestID
    }

    /// The most points either way. contract.md, "API v1".
    public static let pointsMax: Int64 = 10_000_000
}

/// What became of an adjustment.
public enum AdjustmentResult: Equatable, Sendable {
    /// The entry, and what can be spent afterwards.
    case posted(EntryID, available: Int64)
    /// The same was posted before under this key; nothing was done now.
    case alreadyThere(available: Int64)
    /// It would take more than is free of holds; nothing was done.
    case beyondAvailable(available: Int64, balance: Int64)
    /// The key was used for another customer or other points; nothing was done.
    case keyTaken
}

extension TenantStore {
    /// Posts an adjustment once for its key, and settles what the customer owes from points given.
    ///
    /// - Parameter audit: written with the entry.
    /// - Throws: `Refusal.notFound` for an unknown customer; `.conflict` for one who was erased.
    public func adjust(_ adjustment: Adjustment, audit: AuditRecord, at now: Instant) throws -> AdjustmentResult {
        precondition(adjustment.points != 0, "a form is validated before it is saved")
        let history = try settingsHistory(asOf: now)
        return try transaction { tx in
            var customer = try tx.lockForChange(adjustment.customer)
            let movement = adjustment.movement(settingsVersion: history.current.version)
            do {
                if try tx.isPosted(movement, for: customer.id) { return .alreadyThere(available: customer.available) }
            } catch let refusal as Refusal where refusal.code == .conflict {
                return .keyTaken
            }
            guard adjustment.points >= -customer.available else {
                return .beyondAvailable(available: customer.available, balance: customer.head.balance)
            }
            let entries = try tx.append([movement], to: &customer, at: now)
            try tx.insert([
                Activity(
                    customer: customer.id, kind: .pointsAdjusted, at: now, cause: adjustment.reason,
                    points: adjustment.points, user: adjustment.user)
            ])
            try tx.append(audit)
            // "so whenever available rises": what earlier clawbacks could not take is settled now.
            let cause = PostingCause(requestID: adjustment.requestID)
            _ = try tx.postOrders(of: [customer.id], under: history, cause: cause, at: now)
            return .posted(entries[0].id, available: try tx.lockForChange(customer.id).available)
        }
    }
}

extension TenantTransaction {
    /// Locks one customer whom somebody wants to change.
    ///
    /// - Throws: `Refusal.notFound` for an unknown customer; `.conflict` for one who was erased.
    func lockForChange(_ id: CustomerID) throws -> LockedCustomer {
        guard let customer = try lock([id]).first else { throw Refusal(.notFound, "There is no such customer.") }
        if customer.isErased { throw Refusal(.conflict, "This customer was erased. Nothing can be changed any more.") }
        return customer
    }
}

extension Adjustment {
    fileprivate func movement(settingsVersion: Int64) -> Movement {
        Movement(
            points: points, kind: .adjustment, key: "adjustment:\(key)", user: user, reason: reason,
            settingsVersion: settingsVersion, requestID: requestID)
    }
}
