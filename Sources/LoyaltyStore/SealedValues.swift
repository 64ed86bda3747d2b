import LoyaltyRules
import MariaDB

// Everything that is sealed lies in a column named `sealed`, so that a new secret key finds it.

/// Where a sealed text lies.
public enum SealedPlace: Hashable, Sendable {
    /// The credentials of an integration, webhook secrets among them.
    case credentials(IntegrationKind)
    /// The key by which erased customers are known again.
    case tombstoneKey

    /// What the text is sealed for, `tenant|table|column|row`: copied elsewhere it does not open. engine-notes, "Security
    /// rules".
    public func context(of tenant: TenantID) -> [UInt8] {
        let place =
            switch self {
            case .credentials(let kind): "integrations|sealed|\(kind.rawValue)"
            case .tombstoneKey: "tombstone_keys|sealed|"
            }
        return Array("\(tenant.rawValue)|\(place)".utf8)
    }
}

extension TenantQueries {
    /// All sealed texts of the tenant.
    public func sealedTexts() throws -> [(place: SealedPlace, text: String)] {
        let credentials = try connection.all(
            "SELECT kind, sealed FROM integrations WHERE tenant_id = \(tenant) ORDER BY kind"
        ) { (SealedPlace.credentials(try $0.get("kind")), try $0.get("sealed", as: String.self)) }
        let tombstones = try connection.all("SELECT sealed FROM tombstone_keys WHERE tenant_id = \(tenant)") {
            (SealedPlace.tombstoneKey, try $0.get("sealed", as: String.self))
        }
        return (credentials + tombstones).map { (place: $0, text: $1) }
    }
}

extension TenantStore {
    /// Puts the same secret, sealed anew, in the place of `text`.
    ///
    /// - Returns: false when something else lies there by now.
    public func replace(_ text: String, at place: SealedPlace, by sealed: String) throws -> Bool {
        let (old, new) = (Array(text.utf8), Array(sealed.utf8))
        return try transaction { tx in
            switch place {
            case .credentials(let kind):
                try tx.connection.execute(
                    """
                    UPDATE integrations SET sealed = \(new)
                     WHERE tenant_id = \(tenant) AND kind = \(kind) AND sealed = \(old)
                    """) == 1
            case .tombstoneKey:
                try tx.connection.execute(
                    "UPDATE tombstone_keys SET sealed = \(new) WHERE tenant_id = \(tenant) AND sealed = \(old)") == 1
            }
        }
    }
}
