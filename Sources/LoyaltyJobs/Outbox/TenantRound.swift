import Connectors
import Logging
import LoyaltyRules
import LoyaltyStore
import MariaDB

/// One round over all tenants that are connected to somebody: what goes wrong with one is logged and stops no other.
struct TenantRound {
    let store: Store
    let parties: ThirdParties
    let logger: Logger
    /// What the log says was interrupted.
    let what: String

    /// - Parameters:
    ///   - work: does some of a tenant's work, and returns how much.
    ///   - failed: told of each tenant whose work went wrong.
    /// - Returns: how much was done.
    /// - Throws: `Stopped` when the process ends, and outages of the database.
    func perform(
        _ work: (TenantStore) throws -> Int, failed: (TenantID) throws -> Void = { _ in }
    ) throws -> Int {
        var done = 0
        for id in try store.tenantsWithIntegration() {
            if parties.isStopping { throw Stopped() }
            do {
                done += try work(store.tenant(id))
            } catch let error where error is Stopped || (error as? DatabaseError)?.isUnavailable == true {
                throw error
            } catch {
                logger.error(
                    "\(what) interrupted",
                    metadata: ["tenant": "\(id.rawValue)", "error": "\(String(reflecting: error))"])
                try failed(id)
            }
        }
        return done
    }
}
