import Foundation
import LoyaltyRules
import LoyaltyStore
import MariaDB
import TestSupport
import Testing

struct SettingsStoreTests {
    let store: TestStore

    init() throws { store = try TestStore() }

    private func rate(at instant: Instant) throws -> Thousandths {
        try store.tenant.settingsHistory(asOf: .now()).earning(at: instant).points.pointsPerDollar
    }

    @Test("a new tenant has the defaults at version 1")
    func defaults() throws {
        let settings = try store.tenant.settings()
        #expect(settings.version == 1)
        #expect(settings.points == PointsSettings())
        #expect(settings.tiers == .defaults)
        #expect(settings.redemptions == .defaults)
        for tab in SettingsTab.allCases { #expect(settings.version(of: tab) == 1) }
    }

    @Test("each save makes a version, and leaves the other tabs at theirs")
    func versions() throws {
        try store.save(\.points) { $0.pointsPerDollar = 2_000 }
        try store.save(\.program) { $0.paused = true }
        try store.save(\.points) { $0.pointsPerDollar = 3_000 }
        let settings = try store.tenant.settings()
        #expect(settings.version == 4)
        #expect(try store.tenant.settingsVersion() == 4)
        #expect(settings.version(of: .points) == 4)
        #expect(settings.version(of: .program) == 3)
        #expect(settings.version(of: .tiers) == 1)
        #expect(settings.points.pointsPerDollar == 3_000)
    }

    @Test("a form filled before somebody else saved the tab is refused, and names that save")
    func conflict() throws {
        var mine = try store.tenant.settings().points
        mine.pointsPerDollar = 4_000
        try store.save(\.points) { $0.pointsPerDollar = 2_000 }
        let error = #expect(throws: SettingsConflict.self) {
            try store.tenant.save(mine, ifVersion: 1, by: nil, requestID: nil)
        }
        #expect(error?.newer.version == 2)
        #expect(try store.tenant.settings().points.pointsPerDollar == 2_000)
    }

    @Test("of two saves of one form at once, one is refused")
    func twoAtOnce() throws {
        let door = store.door
        let meeting = MeetingPoint(2)
        let form = try store.tenant.settings().points
        let save: @Sendable (Thousandths) throws -> Void = { rate in
            var form = form
            form.pointsPerDollar = rate
            let tenant = door.open()
            _ = try tenant.settingsVersion()
            meeting.meet()
            do {
                try tenant.save(form, ifVersion: 1, by: nil, requestID: nil)
            } catch is SettingsConflict {
                return
            }
        }
        try inParallel([{ try save(2_000) }, { try save(3_000) }])
        #expect(try store.tenant.settingsVersion() == 2)
    }

    @Test("saving what is there keeps the version")
    func unchanged() throws {
        try store.save(\.points) { $0.pointsPerDollar = 2_000 }
        try store.save(\.points) { _ in }
        #expect(try store.tenant.settingsVersion() == 2)
    }

    @Test("the history knows the settings of every moment since the first posting")
    func history() throws {
        try store.importCustomers("1")
        let start = Instant.now()
        try store.post(.sale("A", of: "1", 1_00), at: start)
        try store.save(\.points) { $0.pointsPerDollar = 2_000 }
        let second = Instant.now()
        try store.save(\.points) { $0.pointsPerDollar = 3_000 }
        try store.save(\.program) { $0.paused = true }
        #expect(try rate(at: start.advanced(bySeconds: -86_400)) == 1_000)
        #expect(try rate(at: start) == 1_000)
        #expect(try rate(at: second) == 2_000)
        #expect(try rate(at: .now()) == 3_000)
        let history = try store.tenant.settingsHistory(asOf: .now())
        #expect(!history.isPaused(at: second))
        #expect(history.isPaused(at: .now()))
    }

    @Test("who saved a tab last is known")
    func lastSave() throws {
        let user = UserID.make()
        try store.connection.execute(
            """
            INSERT INTO users (id, email, password_hash, created_at)
            VALUES (\(user), \("\(user)@example.com"), '', UTC_TIMESTAMP(6))
            """)
        var points = PointsSettings()
        points.rounding = .up
        try store.tenant.save(points, ifVersion: 1, by: user, requestID: "r")
        let save = try store.tenant.lastSave(of: .points)
        #expect(save.version == 2 && save.savedBy == "\(user)@example.com")
        #expect(try store.tenant.lastSave(of: .tiers).savedBy == nil)
    }

    @Test("a tier saved can be held, and one that was never saved cannot")
    func tiers() throws {
        let tier = TierID.make()
        try store.importCustomers("1")
        let hold: () throws -> Void = {
            try store.connection.execute("UPDATE customers SET tier_id = \(tier) WHERE tenant_id = \(store.id)")
        }
        #expect(try DatabaseError.code(of: hold) == 1452)
        try store.save(\.tiers) { tiers in
            tiers.tiers.append(
                Tier(
                    id: tier, name: "Diamond", threshold: 5_000_00, color: "#ffffff", earnMultiplier: .one,
                    benefits: []))
        }
        try hold()
    }
}

struct TenantsTests {
    let platform: Store

    init() throws { platform = Store(try TestStore().connection) }

    @Test("a tenant is found by its slug and by every alias, and by nothing else")
    func aliases() throws {
        let slug = "t\(UUID().uuidString.prefix(8))"
        let tenant = try platform.createTenant(slug: slug, name: "Green", aliases: ["org-\(slug)", "\(slug).com"])
        for name in [slug, "org-\(slug)", "\(slug).com"] { #expect(try platform.tenant(named: name) == tenant) }
        for name in ["", "org", slug.lowercased() + "x", String(repeating: "a", count: 65)] {
            #expect(try platform.tenant(named: name) == nil)
        }
        #expect(try platform.tenants().contains(tenant))
    }

    @Test("a name that is taken, or cannot be one, is refused and leaves nothing")
    func refused() throws {
        let slug = "t\(UUID().uuidString.prefix(8))"
        _ = try platform.createTenant(slug: slug, name: "Green")
        let taken = #expect(throws: Refusal.self) {
            try platform.createTenant(slug: "\(slug)-2", name: "Other", aliases: [slug])
        }
        #expect(taken?.code == .conflict)
        #expect(try platform.tenant(named: "\(slug)-2") == nil)
        for (name, zone) in [("a b", "UTC"), ("", "UTC"), ("\(slug)-3", "Mars/Base")] {
            let error = #expect(throws: Refusal.self) {
                try platform.createTenant(slug: name, name: "Green", timeZone: zone)
            }
            #expect(error?.code == .invalidRequest)
        }
    }

    @Test("credentials are kept as they were sealed, and replaced whole")
    func credentials() throws {
        let store = try TestStore()
        #expect(try store.tenant.sealedCredentials(.alpine) == nil)
        for sealed in ["v1|1|a", "v1|2|b"] { try store.tenant.saveCredentials(.alpine, sealed: sealed, at: .now()) }
        #expect(try store.tenant.sealedCredentials(.alpine) == "v1|2|b")
        #expect(try store.tenant.integrations() == [.alpine])
        #expect(try platform.tenantsWithIntegration().contains(store.id))
    }
}
