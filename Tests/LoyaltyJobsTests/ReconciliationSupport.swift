import Connectors
import LoyaltyRules
import LoyaltyStore
import MariaDB

@testable import LoyaltyJobs

extension World {
    /// Customers 1 to `count`, each of whom spent 100 dollars ten days ago; Alpine agrees.
    static func crowd(_ count: Int) -> World {
        var world = World()
        for number in 1...count {
            world.buyers.append(Buyer(id: number))
            world.sales.append(Sale(number, number, 100_00))
        }
        world.agree()
        world.peoplePerPage = 1_000
        return world
    }
}

extension Shop {
    /// A customer's records, open ones first.
    func records(_ posID: Int) throws -> [Discrepancy] {
        let customer = try customer(posID)
        return try [true, false].flatMap { isOpen in
            try tenant.discrepancies(isOpen: isOpen, .first, limit: 500).rows
        }.map(\.record).filter { $0.customer == customer }
    }

    func overrides() throws -> Int64 {
        try count(
            """
            SELECT COUNT(*) AS number FROM ledger_entries
             WHERE tenant_id = \(tenant.tenant) AND kind = 'alpine_override'
            """)
    }

    func openIncidents() throws -> [Incident] { try tenant.incidents(isOpen: true, limit: 10, samples: 3) }

    func saveProgram(_ change: (inout ProgramSettings) -> Void) throws {
        let settings = try tenant.settings()
        var program = settings.program
        change(&program)
        try tenant.save(program, ifVersion: settings.version(of: .program), by: nil, requestID: nil)
    }

    func parties(areOverridesEnabled: Bool) -> ThirdParties {
        var configuration = configuration
        configuration.areOverridesEnabled = areOverridesEnabled
        return ThirdParties(configuration, transport: script, clock: script.clock)
    }
}
