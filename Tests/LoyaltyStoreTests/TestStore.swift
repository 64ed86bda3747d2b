import Foundation
import LoyaltyRules
import LoyaltyStore
import MariaDB
import TestSupport

/// A tenant with default settings, seen as the application sees it: by a user who has the role `loyalty_application` and
/// nothing else. Tests share one migrated database and are kept apart by their tenants, which is a test in itself;
/// those that look at all tenants, or damage the database, ask for one of their own.
struct TestStore {
    /// The application's connection to the tenant.
    let tenant: TenantStore
    /// Of the same database, as the administrator.
    let root: Connection
    let options: ConnectionOptions

    private static let shared = Result { try migratedDatabase() }
    static let sqlDirectory = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "sql").path

    init(ownDatabase: Bool = false, timeZone: String = "UTC") throws {
        options = ownDatabase ? try Self.migratedDatabase() : try Self.shared.get()
        var rootOptions = options
        rootOptions.user = "root"
        root = Connection(rootOptions)
        let store = Store(Connection(options))
        let slug = "shop-\(UUID().uuidString.lowercased())"
        tenant = store.tenant(try store.createTenant(slug: slug, name: "Shop", timeZone: timeZone).id)
    }

    private static func migratedDatabase() throws -> ConnectionOptions {
        var options = try TestDatabase.fresh()
        let root = Connection(options)
        _ = try Migrator(directory: sqlDirectory).migrate(root)
        try root.executeScript(
            """
            CREATE USER IF NOT EXISTS loyalty_test@localhost;
            GRANT loyalty_application TO loyalty_test@localhost;
            SET DEFAULT ROLE loyalty_application FOR loyalty_test@localhost;
            """)
        options.user = "loyalty_test"
        return options
    }

    /// Of a process that has the keys by which erased customers are known again. A stand-in for HMAC, which the jobs'
    /// tests use: keyed, and 32 bytes.
    static let tombstones = TombstoneKeeper(
        newKey: { _ in "sealed" }, open: { sealed, _ in Array(sealed.utf8) },
        digest: { message, key in
            var bytes = [UInt8](repeating: 7, count: 32)
            for (index, byte) in (message + key).enumerated() {
                bytes[index % 32] = (bytes[index % 32] &* 31) ^ byte &+ UInt8(truncatingIfNeeded: index)
            }
            return bytes
        })

    /// The tenant, as a process with these keys has it.
    var tenantWithTombstones: TenantStore {
        Store(Connection(options), tombstones: Self.tombstones).tenant(id)
    }

    var connection: Connection { tenant.connection }
    var id: TenantID { tenant.tenant }

    /// How another thread reaches the tenant.
    var door: Door { Door(options: options, id: id) }

    struct Door: Sendable {
        let options: ConnectionOptions
        let id: TenantID

        func open() -> TenantStore { Store(Connection(options)).tenant(id) }
    }

    /// Imports customers of these POS ids.
    @discardableResult
    func importCustomers(_ posIDs: String...) throws -> [CustomerID] {
        let profiles = posIDs.map { CustomerProfile(posID: $0, firstName: "Ada", lastName: "Number \($0)") }
        _ = try tenant.importCustomers(profiles, settings: try tenant.settings(), at: .now())
        return try posIDs.map(customer)
    }

    func customer(_ posID: String) throws -> CustomerID {
        let found = try tenant.customers(.alleaves, outsideIDs: [posID])
        guard let id = found[posID] else { throw Missing(what: "customer \(posID)") }
        return id
    }

    struct Missing: Error { let what: String }

    /// Stores revisions as the POS feed does, and posts what is due.
    @discardableResult
    func post(_ orders: OrderRevision..., at now: Instant = .now()) throws -> PostedOrders {
        try tenant.store(orders, at: now)
        return try tenant.postDue(at: now)
    }

    /// Saves a tab as changed by `change`.
    func save<Tab: SettingsTabValue>(_ tab: WritableKeyPath<Settings, Tab>, _ change: (inout Tab) -> Void) throws {
        var settings = try tenant.settings()
        change(&settings[keyPath: tab])
        try tenant.save(
            settings[keyPath: tab], ifVersion: settings.version(of: Tab.tab), by: nil, requestID: nil)
    }

    /// Moves points as a redemption or an adjustment does.
    func move(_ points: Int64, _ kind: EntryKind = .adjustment, key: String, for customer: CustomerID) throws {
        try tenant.transaction { tx in
            for var locked in try tx.lock([customer]) {
                let movement = Movement(points: points, kind: kind, key: key, reason: "Test", settingsVersion: 1)
                try tx.append([movement], to: &locked, at: .now())
            }
        }
    }
}

extension TenantStore {
    /// Stores revisions as the POS feed does, or as a webhook does.
    @discardableResult
    func store(
        _ orders: [OrderRevision], ignoresOlder: Bool = false, at now: Instant = .now()
    ) throws -> StoredRevisions {
        try transaction { tx in try tx.store(orders, ignoresOlder: ignoresOlder, at: now) }
    }

    /// Posts all that is due, as a sync run does: under the settings read anew for each chunk.
    @discardableResult
    func postDue(at now: Instant = .now()) throws -> PostedOrders {
        var result = PostedOrders()
        func post(_ customers: [CustomerID]) throws {
            let history = try settingsHistory(asOf: now)
            result.add(try postOrders(of: customers, under: history, cause: PostingCause(), at: now))
        }
        while case let losing = try customersLosingOrders(limit: 200), !losing.isEmpty { try post(losing) }
        var cursor: CustomerID?
        while case let due = try customersDue(after: cursor, limit: 200), let last = due.last {
            try post(due)
            cursor = last
        }
        while try settleOrdersOfNobody(limit: 500) > 0 {}
        return result
    }
}

extension OrderRevision {
    /// A completed sale of the POS.
    static func sale(
        _ id: String, of customer: String?, _ total: Cents, at completedAt: Instant = .now(), status: String? = nil,
        isCompleted: Bool = true, tax: Cents? = nil, refundOf: String? = nil, updatedAt: Instant? = nil
    ) -> OrderRevision {
        OrderRevision(
            source: .pos, posOrderID: id, posCustomerID: customer, posLocationID: "1", status: status,
            isCompleted: isCompleted, total: total, tax: tax, refundOf: refundOf, completedAt: completedAt,
            updatedAt: updatedAt)
    }
}
