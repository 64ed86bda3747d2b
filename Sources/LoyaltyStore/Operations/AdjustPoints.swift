public import LoyaltyRules
import MariaDB

/// A movement of points by hand: by somebody at the shop, or by a program of the shop's.
public struct Adjustment: Equatable, Sendable {
    /// Signed, never zero.
    public var points: Int64
    /// In words, 1 to 200 characters.
    public var reason: String
    /// Made once for each intention, a form's or a request's: unique in the tenant, for ever. At most 128 bytes.
    public var key: String
    /// Who, for the timeline: `API key Tills`; nil for a person, who is named by `user`.
    public var actor: String?
    /// Who, if a person.
    public var user: UserID?
    /// The request's id.
    public var requestID: String?

    /// Makes an adjustment.
    public init(
        points: Int64, reason: String, key: String, actor: String? = nil, user: UserID? = nil,
        requestID: String? = nil
    ) {
        self.points = points
        self.reason = reason
        self.key = key
        self.actor = actor
        self.user = user
        self.requestID = requestID
    }

    /// The most points either way. contract.md, "API v1".
    public static let pointsMax: Int64 = 10_000_000
}

/// More points are asked for than can be spent.
public struct InsufficientPoints: Error, Equatable, Sendable, CustomStringConvertible {
    /// What can be spent.
    public var available: Int64
    /// The sum of the ledger.
    public var balance: Int64
    /// What is asked for.
    public var required: Int64

    /// Makes a refusal.
    public init(available: Int64, balance: Int64, required: Int64) {
        self.available = available
        self.balance = balance
        self.required = required
    }

    /// How many are missing.
    public var shortBy: Int64 { required - available }
    public var description: String { "\(available) points are available, \(required) are needed." }
}

/// What became of an adjustment that a form asked for.
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
    /// Posts an adjustment once for its key.
    ///
    /// - Parameter audit: written with the entry.
    /// - Throws: `Refusal.notFound` for an unknown customer; `.conflict` for one who was erased.
    public func adjust(
        _ id: CustomerID, by adjustment: Adjustment, audit: AuditRecord, at now: Instant
    ) throws -> AdjustmentResult {
        try transaction { tx in
            let customer = try tx.lockForChange(id)
            do {
                if try tx.isPosted(adjustment.movement(settingsVersion: tx.settingsVersion()), for: id) {
                    return .alreadyThere(available: customer.available)
                }
            } catch let refusal as Refusal where refusal.code == .conflict {
                return .keyTaken
            }
            do {
                let entry = try tx.adjust(id, by: adjustment, at: now)
                try tx.append(audit)
                return .posted(entry.id, available: try tx.lockForChange(id).available)
            } catch let short as InsufficientPoints {
                return .beyondAvailable(available: short.available, balance: short.balance)
            }
        }
    }
}

extension TenantTransaction {
    /// Locks one customer whom somebody wants to change.
    ///
    /// - Throws: `Refusal.notFound` for an unknown customer; `.conflict` for one who was erased.
    func lockForChange(_ id: CustomerID) throws -> LockedCustomer {
        guard let customer = try lock([id]).first else { throw Refusal(.notFound, "There is no such customer.") }
        try requireChangeable(customer)
        return customer
    }

    /// - Throws: `Refusal.conflict` for a customer who was erased, or merged with another.
    func requireChangeable(_ customer: LockedCustomer) throws {
        if customer.isErased { throw Refusal(.conflict, "This customer was erased. Nothing can be changed any more.") }
        if let survivor = customer.mergedInto {
            throw Refusal(.conflict, "This customer was merged with \(survivor). Change that one.")
        }
    }

    /// Moves points, settles with them what is owed, and adds to the timeline.
    ///
    /// - Throws: `InsufficientPoints` when more is taken than is available; `Refusal.notFound` for nobody's id,
    ///   `.conflict` for somebody who was erased, and when the key is taken.
    public func adjust(_ id: CustomerID, by adjustment: Adjustment, at now: Instant) throws -> LedgerEntry {
        precondition(adjustment.points != 0, "a form or body is validated before it is saved")
        var customer = try lockForChange(id)
        guard adjustment.points >= -customer.available else {
            throw InsufficientPoints(
                available: customer.available, balance: customer.head.balance, required: -adjustment.points)
        }
        let version = try settingsVersion()
        let movement = adjustment.movement(settingsVersion: version)
        guard let entry = try append([movement], to: &customer, at: now).first else {
            throw Refusal(.conflict, "This adjustment was posted already.")
        }
        let cause = [adjustment.actor, adjustment.reason].compactMap { $0 }.joined(separator: ": ")
        try insert([
            Activity(
                customer: id, kind: .pointsAdjusted, at: now, cause: cause, points: adjustment.points,
                user: adjustment.user)
        ])
        if adjustment.points > 0 {
            try settleOwings(of: &customer, settingsVersion: version, requestID: adjustment.requestID, at: now)
        }
        return entry
    }
}

extension Adjustment {
    fileprivate func movement(settingsVersion: Int64) -> Movement {
        Movement(
            points: points, kind: .adjustment, key: key, user: user, reason: reason, settingsVersion: settingsVersion,
            requestID: requestID)
    }
}
