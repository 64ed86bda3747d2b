import Connectors
import Foundation
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Synchronization

@testable import LoyaltyJobs

/// A shop whose customers 1, 2 and 3 have 1,000 points each and are known to Alpine IQ as c1, c2 and c3; customer 4 is
/// not known there. Time passes as the test says.
final class OutboxShop: Sendable {
    let desk = AlpineDesk()
    private let passedSeconds = Mutex<Int64>(0)
    private let database: LeasedDatabase
    private let parties: ThirdParties
    private let configuration: JobConfiguration
    private let id: TenantID

    /// The shop itself stays on the test's thread.
    static func open() throws -> (OutboxShop, Shop) {
        var world = World()
        for number in 1...4 {
            world.buyers.append(World.Buyer(id: number))
            world.sales.append(World.Sale(number, number, 1_000_00))
        }
        world.agree()
        world.people.removeLast()
        let shop = try Shop(world)
        try shop.sync()
        return (OutboxShop(shop), shop)
    }

    private init(_ shop: Shop) {
        database = shop.database
        configuration = shop.configuration
        parties = ThirdParties(shop.configuration, transport: desk, clock: shop.script.clock)
        id = shop.tenant.tenant
    }

    func pass(seconds: Int64) { passedSeconds.withLock { $0 += seconds } }
    func pass(minutes: Int64) { pass(seconds: minutes * 60) }

    /// A worker of its own, with its own connection.
    func pusher(isEnabled: Bool = true) -> Pusher {
        let store = Store(Connection(database.options))
        return Pusher(
            store: store, parties: parties, isEnabled: isEnabled, logger: .silent,
            time: { try store.databaseTime().advanced(bySeconds: self.passedSeconds.withLock { $0 }) })
    }
}

extension Shop {
    /// Posts an adjustment, as a form does.
    func adjust(_ posID: Int, by points: Int64) throws {
        _ = try tenant.adjust(
            try customer(posID), by: Adjustment(points: points, reason: "Test", key: UUID().uuidString),
            audit: AuditRecord(actor: "test", action: "adjust"), at: .now())
    }

    /// What is pending for a customer a minute from now, unless said otherwise.
    func pending(_ posID: Int, secondsFromNow: Int64 = 60) throws -> PendingAtAlpine? {
        let customer = try customer(posID)
        return try tenant.pendingAtAlpine(of: [customer], at: .now().advanced(bySeconds: secondsFromNow))[customer]
    }

    /// The newest entry of a customer's ledger.
    func lastEntry(_ posID: Int) throws -> EntryID? {
        let customer = try customer(posID)
        return try root.optional(
            """
            SELECT id FROM ledger_entries WHERE tenant_id = \(tenant.tenant) AND customer_id = \(customer)
             ORDER BY sequence DESC LIMIT 1
            """
        ) { try $0.get("id") }
    }

    /// The states of a customer's pushes, in order.
    func pushes(_ posID: Int) throws -> [PushState] {
        let customer = try customer(posID)
        return try root.all(
            """
            SELECT state FROM outbox WHERE tenant_id = \(tenant.tenant) AND customer_id = \(customer)
             ORDER BY position, id
            """
        ) { try $0.get("state") }
    }
}

extension AlpineDesk {
    /// The values taken for a person, in order.
    func taken(by contact: String) -> [Int64] { taken.filter { $0.contact == contact }.map(\.value) }
}
