import LoyaltyRules
import LoyaltyStore
import MariaDB
import TestSupport
import Testing

/// cases.md: "two first purchases at once make two members".
struct JoinAndImportTests {
    private static func join(_ joining: JoiningCustomer, at tenant: TenantStore) throws {
        let history = try tenant.settingsHistory(asOf: .now())
        _ = try tenant.transaction { tx in
            try tx.join(joining, under: history, cause: PostingCause(), at: .now()).customer
        }
    }

    @Test("who becomes a member while the lowest tier is replaced has the new one", arguments: [true, false])
    func lowestTier(isJoining: Bool) throws {
        let store = try TestStore()
        let history = try store.tenant.settingsHistory(asOf: .now())
        try store.save(\.tiers) { $0.tiers[0].id = TierID(rawValue: 99) }
        if isJoining {
            let consent = ConsentStatement(isGiven: [:], place: "Test")
            _ = try store.tenant.transaction { tx in
                try tx.join(
                    JoiningCustomer(posID: "1", consent: consent), under: history, cause: PostingCause(), at: .now()
                ).customer
            }
        } else {
            let profile = CustomerProfile(posID: "1", firstName: "Ada", lastName: "B.")
            _ = try store.tenant.importCustomers([profile], settings: history.current, at: .now())
        }
        #expect(try store.tenant.customer(store.customer("1"))?.card.tier == TierID(rawValue: 99))
    }

    @Test(
        "somebody who joins while the point of sale's profiles come in is one member, be they few or many",
        arguments: [nil, "7"], [9, 300])
    func once(posID: String?, profileCount: Int) throws {
        for round in 1...20 {
            let store = try TestStore()
            let door = store.door
            let meeting = MeetingPoint(2)
            let phone = Phone("202-555-0143")
            try inParallel([
                {
                    let tenant = door.open()
                    let settings = try tenant.settings()
                    let profiles = (1...profileCount).map { number in
                        CustomerProfile(
                            posID: "\(number)", firstName: "Ada", lastName: "B.", phone: number == 7 ? phone : nil)
                    }
                    meeting.meet()
                    _ = try tenant.importCustomers(
                        profiles, settings: settings, isFirst: round.isMultiple(of: 2), at: .now())
                },
                {
                    let tenant = door.open()
                    let consent = ConsentStatement(isGiven: [:], place: "Test")
                    _ = try tenant.settings()
                    meeting.meet()
                    try Self.join(JoiningCustomer(posID: posID, phone: phone, consent: consent), at: tenant)
                },
            ])
            let count = try store.count("SELECT COUNT(*) AS number FROM customers WHERE tenant_id = \(store.id)")
            #expect(count == Int64(profileCount), "round \(round)")
        }
    }
}
