import Foundation
import LoyaltyJobs
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Secrets
import Testing

@testable import loyalty

/// `loyalty secrets rotate`: everything that is sealed, under a new key.
struct SecretsCommandTests {
    private static let (old, new) = (
        "1:" + Data(repeating: 7, count: 32).base64EncodedString(),
        "2:" + Data(repeating: 9, count: 32).base64EncodedString()
    )
    private let program: Program
    private let connection: Connection

    init() throws {
        program = try Program(settings: ["LOYALTY_SECRET_KEY": Self.old])
        connection = Connection(program.options)
        #expect(try program.run("migrate").code == 0)
        // Both integrations, with webhook secrets.
        #expect(try program.run("demo").code == 0)
    }

    private func store(_ keys: String) throws -> Store {
        Store(connection, tombstones: TombstoneKeeper(try Sealer(keyLines: keys)))
    }

    /// The customer is forgotten under the key in force.
    private func erase(_ posID: String, at tenant: TenantStore) throws {
        let id = try #require(try tenant.customers(.alleaves, outsideIDs: [posID])[posID])
        let audit = AuditRecord(actor: "test", action: "customer.erase")
        try tenant.erase(id, by: UserID(rawValue: 7), audit: audit, at: .now())
    }

    private func importCustomer(_ posID: String, at tenant: TenantStore) throws {
        let profile = CustomerProfile(posID: posID, firstName: "Ada", lastName: "Again")
        _ = try tenant.importCustomers([profile], settings: try tenant.settings(), at: .now())
    }

    /// The columns, in all tables, in which something begins with `text`.
    private func columns(beginning text: String) throws -> Set<String> {
        let columns = try connection.all(
            """
            SELECT table_name, column_name FROM information_schema.columns
             WHERE table_schema = DATABASE() AND data_type IN
               ('varbinary', 'binary', 'varchar', 'char', 'text', 'mediumtext', 'longtext', 'blob', 'mediumblob', 'longblob')
            """
        ) { (table: try $0.get("table_name", as: String.self), column: try $0.get("column_name", as: String.self)) }
        return try Set(
            columns.filter { table, column in
                let count: Int64 = try connection.one(
                    """
                    SELECT COUNT(*) AS number FROM \(identifier: Name(rawValue: table))
                     WHERE \(identifier: Name(rawValue: column)) LIKE \(Array("\(text)%".utf8))
                    """
                ) { try $0.get("number") }
                return count > 0
            }.map { "\($0.table).\($0.column)" })
    }

    private struct Name: SQLIdentifier {
        let rawValue: String
        /// Read from the database, so not known here.
        static let allCases: [Name] = []
    }

    /// The columns in which sealed texts lie, by their name.
    private func sealedColumns() throws -> Set<String> {
        Set(
            try connection.all(
                """
                SELECT CONCAT(table_name, '.', column_name) AS place FROM information_schema.columns
                 WHERE table_schema = DATABASE() AND column_name LIKE '%sealed%'
                """
            ) { try $0.get("place", as: String.self) })
    }

    @Test("after it everything that was sealed opens with the new key alone, and nothing is sealed with the old one")
    func rotating() throws {
        let store = try store(Self.old)
        let demo = try #require(try store.tenants().first { $0.slug == "demo" })
        try importCustomer("4711", at: store.tenant(demo.id))
        try erase("4711", at: store.tenant(demo.id))
        let tenant = store.tenant(demo.id)
        let (before, sealer) = (try tenant.sealedTexts(), try Sealer(keyLines: Self.old))
        // Each place that there is has something in it: a new one fails here until it is rotated too.
        #expect(before.map(\.place) == [.credentials(.alleaves), .credentials(.alpine), .tombstoneKey])
        let places = try sealedColumns()
        #expect(places.count == 2)
        #expect(try columns(beginning: "v1|1|") == places)

        let run = try program.run("secrets rotate", ["LOYALTY_SECRET_KEY": "\(Self.new)\n\(Self.old)"])
        #expect(run.code == 0)
        #expect(run.output == "3 sealed anew with the key “2”, 0 were already. No other key is needed any more.\n")
        #expect(try columns(beginning: "v1|1|") == [])
        #expect(try columns(beginning: "v1|2|") == places)
        let rotated = try Sealer(keyLines: Self.new)
        for (was, now) in zip(before, try tenant.sealedTexts()) {
            let context = was.place.context(of: demo.id)
            #expect(now.place == was.place)
            #expect(try rotated.open(now.text, context: context) == sealer.open(was.text, context: context))
        }
        let alone = ["LOYALTY_SECRET_KEY": Self.new]
        #expect(try program.run("doctor", alone).output.contains("credentials of demo, alleaves: open"))
        let again = try program.run("secrets rotate --json", alone)
        #expect(again.output == #"{"key":"2","left":[],"resealed":0,"unchanged":3}"# + "\n")
        // Whom the tombstones keep away stays away.
        let known = try self.store(Self.new).tenant(demo.id)
        try importCustomer("4711", at: known)
        #expect(try known.customers(.alleaves, outsideIDs: ["4711"]) == [:])
    }

    @Test("what does not open is left as it is and named, and the rest is sealed anew")
    func left() throws {
        let demo = try #require(try store(Self.old).tenants().first { $0.slug == "demo" })
        let tenant = try store(Self.old).tenant(demo.id)
        let lost = try tenant.sealedTexts()[0]
        let foreign = try Sealer(keyLines: "9:" + Data(repeating: 3, count: 32).base64EncodedString())
        let sealed = foreign.seal([1], context: lost.place.context(of: demo.id))
        #expect(try tenant.replace(lost.text, at: lost.place, by: sealed))
        let run = try program.run("secrets rotate", ["LOYALTY_SECRET_KEY": "\(Self.new)\n\(Self.old)"])
        #expect(run.code == 1)
        #expect(
            run.output == """
                demo, credentials of alleaves: add the key “9” to LOYALTY_SECRET_KEY again
                1 sealed anew with the key “2”, 0 were already. 1 are left.

                """)
        #expect(try tenant.sealedTexts()[0].text == sealed)
    }

    @Test("a secret set while it is rotated stays")
    func meanwhile() throws {
        let demo = try #require(try store(Self.old).tenants().first { $0.slug == "demo" })
        let tenant = try store(Self.old).tenant(demo.id)
        let was = try tenant.sealedTexts()[0]
        try tenant.saveCredentials(.alleaves, sealed: "v1|1|new", at: .now())
        #expect(try !tenant.replace(was.text, at: was.place, by: "v1|2|old"))
        #expect(try tenant.sealedCredentials(.alleaves) == "v1|1|new")
    }
}
