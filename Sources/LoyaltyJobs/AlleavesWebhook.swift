import Connectors
import Foundation
public import LoyaltyRules
public import LoyaltyStore
public import Secrets

/// Takes in webhooks of Alleaves for one tenant. contract.md, "Webhook". A webhook is a hint: what it says is stored and
/// posted at once, and the next sync, which reads the order itself, has the last word.
public struct AlleavesWebhook {
    /// What was done with a delivery.
    public enum Outcome: String, Sendable {
        /// Stored, and the ledger brought to it.
        case posted
        /// Told less than is needed, or something odd: the next sync reads the order.
        case marked
        /// Older than what is stored.
        case stale
        /// A customer was taken in.
        case customer
        /// An event that is not ours to act on.
        case acknowledged
    }

    private let store: TenantStore
    private let secrets: [String]

    private struct Document: Decodable {
        let webhookSecrets: [String]?
    }

    /// Opens the tenant's secrets, one or two.
    ///
    /// - Throws: `Refusal.notConfigured` when there is none.
    public init(_ store: TenantStore, sealer: Sealer) throws {
        self.store = store
        let missing = Refusal(.notConfigured, "No webhook secret is set for this organization.")
        guard let sealed = try store.sealedCredentials(.alleaves) else { throw missing }
        let context = credentialsContext(tenant: store.tenant, kind: .alleaves)
        let document = try JSONDecoder().decode(Document.self, from: Data(sealer.open(sealed, context: context)))
        secrets = document.webhookSecrets ?? []
        if secrets.isEmpty { throw missing }
    }

    /// Checks `signature` over the raw body, then stores and posts what it tells, all before it returns.
    ///
    /// - Parameter signature: hexadecimal, bare or after `sha256=`; nil when none was sent.
    /// - Throws: `Refusal.unauthorized` for a wrong signature, `.invalidRequest` for a body that cannot be read, and
    ///   errors of the database: then the sender is to try again.
    public func receive(
        _ body: [UInt8], signature: String?, requestID: String?, at now: Instant
    ) throws -> Outcome {
        guard let signature, isSigned(body, signature) else {
            throw Refusal(.unauthorized, "The signature does not fit the body.")
        }
        do {
            let event = try AlleavesEvent(body: body)
            switch event.name.lowercased() {
            case "order.created", "order.updated":
                return try receive(event.order(), sentAt: event.sentAt, requestID: requestID, at: now)
            case "customer.created", "customer.updated":
                return try receive(CustomerProfile(event.customer()), requestID: requestID, at: now)
            default: return .acknowledged
            }
        } catch let unreadable as UnreadableRow {
            throw Refusal(.invalidRequest, unreadable.reason)
        }
    }

    private func isSigned(_ body: [UInt8], _ signature: String) -> Bool {
        let prefix = "sha256="
        let hex = signature.lowercased().hasPrefix(prefix) ? String(signature.dropFirst(prefix.count)) : signature
        // Every secret is tried, so that the time tells nothing of which one fits.
        return secrets.reduce(false) { fits, secret in
            HMACSHA256.isValid(hex: hex, for: body, key: Array(secret.utf8)) || fits
        }
    }

    private func receive(
        _ payload: AlleavesOrderPayload, sentAt: Instant?, requestID: String?, at now: Instant
    ) throws -> Outcome {
        guard let id = payload.posOrderID else {
            throw UnreadableRow(id: nil, reason: "The order has no id that can be read.")
        }
        let revision = try revision(payload, id: id, sentAt: sentAt, at: now)
        let stored = try store.transaction { tx in
            let stored = try revision.map { try tx.store([$0], ignoresOlder: true, at: now) }
            // After the order, as everywhere; a mark that cannot be set takes the order with it.
            try tx.markForReread(posOrderID: id, posCustomerID: payload.posCustomerID)
            return stored
        }
        guard let stored else { return .marked }
        try PostDue(store: store, cause: PostingCause(requestID: requestID), now: { now }).post(orders: [id])
        return stored.stale > 0 ? .stale : .posted
    }

    /// What can be stored at once; nil for what only a reading can tell.
    private func revision(
        _ payload: AlleavesOrderPayload, id: String, sentAt: Instant?, at now: Instant
    ) throws -> OrderRevision? {
        guard payload.carriesWholeSale else { return nil }
        do {
            var revision = try payload.revision(
                completing: try store.orderRevision(posOrderID: id), envelopeTime: sentAt, receivedAt: now)
            // rules.md, "Completion": more than a day ahead is an exception, which the sync lists; less counts as now.
            guard revision.completedAt <= now.advanced(bySeconds: 86_400) else { return nil }
            revision.completedAt = min(revision.completedAt, now)
            return revision
        } catch is UnreadableRow {
            return nil
        }
    }

    private func receive(_ profile: CustomerProfile, requestID: String?, at now: Instant) throws -> Outcome {
        let stored = try store.profile(posID: profile.posID)
        _ = try store.importCustomers(
            [profile.completed(by: stored)], settings: try store.settings(), at: now)
        if let customer = try store.customers(.alleaves, outsideIDs: [profile.posID])[profile.posID] {
            // Sales that waited for this customer earn now.
            try PostDue(store: store, cause: PostingCause(requestID: requestID), now: { now }).post([customer])
        }
        return .customer
    }
}

extension CustomerProfile {
    /// A webhook names less than a list does: what it leaves out stays as it was.
    fileprivate func completed(by stored: CustomerProfile?) -> CustomerProfile {
        guard let stored else { return self }
        var profile = self
        if firstName.isEmpty && lastName.isEmpty {
            profile.firstName = stored.firstName
            profile.lastName = stored.lastName
        }
        profile.email = email ?? stored.email
        profile.phone = phone ?? stored.phone
        profile.birthDate = birthDate ?? stored.birthDate
        return profile
    }
}
