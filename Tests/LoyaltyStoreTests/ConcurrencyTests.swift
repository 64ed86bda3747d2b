import LoyaltyRules
import LoyaltyStore
import MariaDB
import TestSupport
import Testing

struct ConcurrencyTests {
    @Test("eight threads that store and post overlapping customers lose nothing and end in no deadlock")
    func overlapping() throws {
        let store = try TestStore()
        let members = (1...20).map { "\($0)" }
        let profiles = members.map { CustomerProfile(posID: $0, firstName: "A", lastName: "B") }
        _ = try store.tenant.importCustomers(profiles, settings: try store.tenant.settings(), at: .now())
        let ids = try members.map(store.customer)
        let door = store.door
        let noon = Instant.now().advanced(bySeconds: -3_600)
        let threads: [@Sendable () throws -> Void] = (0..<8).map { thread in
            {
                let tenant = door.open()
                let history = try tenant.settingsHistory(asOf: .now())
                for round in 0..<12 {
                    // One new sale for each member, in an order of this thread's own.
                    let page = (0..<20).map { index in
                        OrderRevision.sale(
                            "\(thread)-\(round)-\(index)", of: members[(index * 7 + thread) % 20], 3_00, at: noon)
                    }
                    try tenant.store(thread.isMultiple(of: 2) ? page : page.reversed())
                    try tenant.postOrders(
                        of: thread.isMultiple(of: 2) ? ids : ids.reversed(), under: history, cause: PostingCause(),
                        at: .now())
                }
            }
        }
        try inParallel(threads)
        try store.tenant.postDue()
        for member in members {
            #expect(try store.account(member) == .init(balance: 288, owed: 0, lifetime: 288_00, orders: 96))
        }
        #expect(try store.differences() == [])
    }

    @Test("two redemptions at once never spend the same points")
    func redemptions() throws {
        let store = try TestStore()
        try store.importCustomers("1")
        try store.post(.sale("A", of: "1", 250_00))
        let door = store.door
        let threads: [@Sendable () throws -> Void] = (1...8).map { number in
            { _ = try door.open().spend(atMost: 100, of: "1", key: "r\(number)") }
        }
        try inParallel(threads)
        #expect(try store.entries("1") == [250, -100, -100, -50])
    }

    @Test("members imported while their sales arrive earn for all of them")
    func importedMeanwhile() throws {
        let store = try TestStore()
        let door = store.door
        let noon = Instant.now().advanced(bySeconds: -3_600)
        let members = (1...15).map { "\($0)" }
        try inParallel([
            {
                let tenant = door.open()
                for member in members { try tenant.store([.sale("A\(member)", of: member, 5_00, at: noon)]) }
            },
            {
                let tenant = door.open()
                for member in members {
                    let profile = CustomerProfile(posID: member, firstName: "A", lastName: "B")
                    _ = try tenant.importCustomers([profile], settings: try tenant.settings(), at: .now())
                }
            },
        ])
        // The first gives what was overlooked to its customer, the second posts it.
        try store.tenant.postDue()
        try store.tenant.postDue()
        for member in members { #expect(try store.balance(member) == 5) }
    }
}
