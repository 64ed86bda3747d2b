import LoyaltyRules
import LoyaltyStore
import Secrets

/// Makes what docs/contract.md, "Demo tenant", lists, as far as it is missing.
struct DemoLoader {
    let store: Store
    let sealer: Sealer

    private struct Person {
        let email: String
        let password: String
        let role: Role
    }

    /// Names of what was made; empty the second time.
    func load() throws -> [String] {
        var made: [String] = []
        let demo = try tenant(
            "demo", name: "Demo Dispensary", aliases: ["org_demo", "brand_demo", "1000"], made: &made)
        let other = try tenant("other", name: "Other Dispensary", aliases: ["org_other"], made: &made)
        let people: [(Person, TenantID?)] = [
            (Person(email: "admin@demo.example", password: "demo-admin-pass", role: .dispensaryAdmin), demo),
            (Person(email: "super@demo.example", password: "demo-super-pass", role: .superUser), nil),
            (Person(email: "till@demo.example", password: "demo-till-pass", role: .budtender), demo),
            (Person(email: "admin@other.example", password: "other-admin-pass", role: .dispensaryAdmin), other),
        ]
        for (person, tenant) in people { try add(person, at: tenant, made: &made) }
        try addKey("demo-api-key", at: demo, made: &made)
        try addKey("other-api-key", at: other, made: &made)
        try connect(demo, made: &made)
        return made
    }

    private func tenant(
        _ slug: String, name: String, aliases: [String], made: inout [String]
    ) throws -> TenantID {
        if let tenant = try store.tenant(named: slug) {
            guard tenant.isDemo else {
                throw CommandFailure.problem(
                    "There is a tenant “\(slug)” that is not the demo's: use another database (LOYALTY_DB_NAME).")
            }
            return tenant.id
        }
        made.append("tenant \(slug)")
        return try store.createTenant(slug: slug, name: name, aliases: aliases, isDemo: true).id
    }

    private func add(_ person: Person, at tenant: TenantID?, made: inout [String]) throws {
        guard try store.user(email: person.email) == nil else { return }
        let hash = try PasswordHash(of: person.password)
        try store.createUser(
            email: person.email, passwordHash: hash.text, role: person.role, at: tenant, isDemo: true)
        made.append("user \(person.email)")
    }

    private func addKey(_ text: String, at tenant: TenantID, made: inout [String]) throws {
        let tenantStore = store.tenant(tenant)
        guard try !tenantStore.apiKeys().contains(where: { $0.id == "demo" }) else { return }
        try tenantStore.transaction { tx in
            try tx.createApiKey(
                id: "demo", name: "Demo", secretHash: SHA256.digest(Array(text.utf8)), scopes: Scope.all)
        }
        made.append("API key \(text)")
    }

    /// The simulator's credentials, at whatever addresses are in force.
    private func connect(_ tenant: TenantID, made: inout [String]) throws {
        let tenantStore = store.tenant(tenant)
        let present = try tenantStore.integrations()
        let documents: [(IntegrationKind, String)] = [
            (
                .alleaves,
                #"{"username":"demo@alleaves.example","password":"demo-pos-pass","webhookSecret":"demo-webhook-secret"}"#
            ),
            (.alpine, #"{"apiKey":"demo-alpine-key","uid":"1234"}"#),
        ]
        for (kind, json) in documents where !present.contains(kind) {
            try IntegrationDocument(kind, json: Array(json.utf8)).save(in: tenantStore, sealer: sealer)
            made.append("integration \(kind.rawValue)")
        }
    }
}
