import LoyaltyRules
import MariaDB

/// A store of a tenant, as the POS tells it.
public struct StoreLocation: Equatable, Sendable {
    /// The POS's id.
    public var posID: String
    /// Its name.
    public var name: String
    /// IANA name, if told.
    public var timeZone: String?
    /// Whether it is open for business.
    public var isActive: Bool

    /// Makes a location.
    public init(posID: String, name: String, timeZone: String?, isActive: Bool) {
        self.posID = posID
        self.name = name
        self.timeZone = timeZone
        self.isActive = isActive
    }
}

extension TenantQueries {
    /// The tenant's stores.
    public func locations() throws -> [StoreLocation] {
        try connection.all(
            """
            SELECT pos_location_id, name, time_zone, is_active FROM locations
             WHERE tenant_id = \(tenant) ORDER BY pos_location_id LIMIT 1000
            """
        ) { row in
            StoreLocation(
                posID: try row.get("pos_location_id"), name: try row.get("name"), timeZone: try row.get("time_zone"),
                isActive: try row.get("is_active"))
        }
    }
}

extension TenantStore {
    /// Takes in stores; nothing is written for those that are as stored.
    public func importLocations(_ locations: [StoreLocation]) throws {
        let known = try self.locations()
        let changed = locations.filter { !known.contains($0) }
        guard !changed.isEmpty else { return }
        try transaction { tx in
            try tx.connection.bulkInsert(
                """
                INSERT INTO locations (tenant_id, pos_location_id, name, time_zone, is_active) VALUES (?, ?, ?, ?, ?)
                ON DUPLICATE KEY UPDATE name = VALUES(name), time_zone = VALUES(time_zone), is_active = VALUES(is_active)
                """,
                rows: changed.map { location in
                    [
                        tenant.sqlValue, .bytes(Array(location.posID.utf8)), String(location.name.prefix(120)).sqlValue,
                        location.timeZone.sqlValue, location.isActive.sqlValue,
                    ]
                })
        }
    }
}
