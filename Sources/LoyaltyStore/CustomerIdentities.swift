import LoyaltyRules
import MariaDB

/// Where a customer is known by an id that is not ours.
public enum IdentitySource: String, Sendable, CaseIterable, SQLBindable, SQLDecodable {
    /// The POS's customer id.
    case alleaves
    /// Alpine IQ's `contactID`.
    case alpine
    /// The POS's link to Alpine, `alpine_user_code`.
    case alpineCode = "alpine_code"
}

/// Whom the POS's customer ids were found to name by earlier batches of a run, so that nearly nobody is looked up twice.
public final class KnownBuyers {
    /// Some 10 MB; past it all are looked up anew.
    private static let countMax = 200_000

    private var customers: [String: CustomerID] = [:]

    /// Knows nobody yet.
    public init() {}

    /// The customers whom `posIDs` name; ids that are nobody's are left out, and asked for again the next time.
    func named(_ posIDs: Set<String>, by tx: TenantTransaction) throws -> [String: CustomerID] {
        if customers.count + posIDs.count > Self.countMax { customers = [:] }
        let found = try tx.customers(.alleaves, outsideIDs: posIDs.filter { customers[$0] == nil })
        customers.merge(found) { _, now in now }
        return Dictionary(uniqueKeysWithValues: posIDs.compactMap { id in customers[id].map { (id, $0) } })
    }
}
