import Foundation
import Testing

@testable import loyalty

struct CommandTests {
    private func migrated() throws -> Program {
        let program = try Program()
        #expect(try program.run("migrate").code == 0)
        return program
    }

    @Test("migrate brings the schema up to date, and a second time does nothing")
    func migrate() throws {
        let program = try Program()
        let first = try program.run("migrate --json")
        #expect(first.code == 0)
        #expect(first.output.contains("0001_tenants_and_settings.sql"))
        #expect(try program.run("migrate --json").output.hasPrefix(#"{"applied":[],"version":"#))
    }

    @Test("an older schema is refused with both versions and the command to run", arguments: ["serve", "work", "demo"])
    func oldSchema(command: String) throws {
        let run = try Program().run(command)
        #expect(run.code == 1)
        #expect(run.errors.contains("at version 0") && run.errors.contains("loyalty migrate"))
    }

    @Test("a database that is away gives 69 with words, and JSON when asked for")
    func noDatabase() throws {
        let program = try Program(settings: ["LOYALTY_DB_SOCKET": "/nowhere/socket"])
        let run = try program.run("ledger verify")
        #expect(run.code == 69)
        #expect(run.errors.contains("not available"))
        let json = try program.run("tenant list --json")
        #expect(json.code == 69)
        #expect(json.output.hasPrefix(#"{"error":""#))
        #expect(try program.run("migrate").code == 69)
    }

    @Test(
        "wrong usage and wrong settings give 2",
        arguments: [
            "bogus", "tenant create", "user create a@b.example --role boss", "user create a@b.example --role manager",
            "recalculate --tenant demo --as-of 2026-13-01", "explain --tenant demo",
            "explain --tenant demo --order 1 --customer 2", "apikey create --tenant demo --name a --scopes everything",
        ])
    func usage(arguments: String) throws {
        #expect(try Program().run(arguments).code == 2)
        #expect(try Program(settings: ["LOYALTY_PORT": "x"]).run("tenant list").code == 2)
    }

    @Test("help is no error", arguments: ["--help", "help tenant", "tenant create --help"])
    func help(arguments: String) throws {
        let run = try Program().run(arguments)
        #expect(run.code == 0)
        #expect(run.output.contains("USAGE"))
    }

    @Test("a tenant is made once and listed; its name in use is a problem")
    func tenants() throws {
        let program = try migrated()
        #expect(try program.run("tenant create leaf --name Leaf --alias org_leaf --alias 77").code == 0)
        #expect(try program.run("tenant create other --name Other --alias org_leaf").code == 1)
        #expect(try program.run("tenant create no/slash --name Other").code == 2)
        #expect(try program.run("tenant list").output == "leaf\tLeaf\tAmerica/New_York\n")
        #expect(try program.run("tenant list --json").output.contains(#""slug":"leaf""#))
    }

    @Test("what nobody knows cannot be explained, and the command says so")
    func explain() throws {
        let program = try migrated()
        #expect(try program.run("tenant create leaf --name Leaf").code == 0)
        for (question, words) in [
            ("--customer 501", "Nobody is known here by 501"), ("--order 9001", "No order has the id 9001"),
            ("--request abc", "the request changed nothing here"),
        ] {
            let run = try program.run("explain --tenant leaf \(question)")
            #expect(run.code == 1)
            #expect(run.errors.contains(words))
        }
    }

    @Test("a user is made with a password from standard input, of 12 to 128 characters")
    func users() throws {
        let program = try migrated()
        #expect(try program.run("tenant create leaf --name Leaf").code == 0)
        let create = "user create Ann@Leaf.example --role manager --tenant leaf"
        #expect(try program.run(create, input: "too short\n").code == 2)
        #expect(try program.run(create, input: "").code == 2)
        #expect(try program.run(create, input: String(repeating: "x", count: 129)).code == 2)
        let made = try program.run(create, input: "long enough for us\n")
        #expect(made.code == 0)
        #expect(made.output.contains("ann@leaf.example, manager of leaf"))
        #expect(!made.output.contains("long enough"))
        #expect(try program.run(create, input: "long enough for us\n").code == 1)
        #expect(try program.run("user create s@x.example --role super_user", input: "long enough for us").code == 0)
        #expect(try program.run("user create n@x.example --role manager --tenant nope").code == 1)
    }

    @Test("demo data load once, open again, add up, and stay behind a loopback address")
    func demo() throws {
        let program = try migrated()
        #expect(try program.run("demo", ["LOYALTY_LISTEN": "0.0.0.0"]).code == 2)
        #expect(try program.run("demo", ["LOYALTY_SECRET_KEY": ""]).code == 2)
        let first = try program.run("demo --json")
        #expect(first.code == 0)
        for part in ["tenant demo", "tenant other", "user till@demo.example", "API key other-api-key"] {
            #expect(first.output.contains(part))
        }
        #expect(try program.run("demo --json").output == "{\"made\":[]}\n")
        #expect(try program.run("doctor").code == 0)
        let verify = try program.run("ledger verify --json")
        #expect(verify.code == 0)
        #expect(verify.output.contains(#""differences":[]"#))
        let exposed = try program.run(
            "serve",
            [
                "LOYALTY_LISTEN": "0.0.0.0", "LOYALTY_PUBLIC_URL": "https://shop.example",
                "LOYALTY_CRON_SECRET": "ours",
            ])
        #expect(exposed.code == 2)
        #expect(exposed.errors.contains("LOYALTY_LISTEN=0.0.0.0"))
    }

    @Test("an API key is printed once, listed without its text, and revoked")
    func apiKeys() throws {
        let program = try migrated()
        #expect(try program.run("demo").code == 0)
        let made = try program.run("apikey create --tenant demo --name Till --scopes orders,customers:read")
        let key = try #require(made.output.split(separator: "\n").first.map(String.init))
        #expect(key.hasPrefix("loy_"))
        let id = try #require(key.split(separator: "_").dropFirst().first.map(String.init))
        let list = try program.run("apikey list --tenant demo").output
        #expect(list.contains(id) && !list.contains(key))
        #expect(try program.run("apikey revoke \(id) --tenant other").code == 1)
        #expect(try program.run("apikey revoke \(id) --tenant demo").code == 0)
        #expect(try program.run("apikey list --tenant demo").output.contains("revoked"))
    }

    @Test("credentials come as JSON, are checked by name and open again")
    func integrations() throws {
        let program = try migrated()
        #expect(try program.run("tenant create leaf --name Leaf").code == 0)
        let bad = try program.run(
            "integration set --tenant leaf alleaves", input: #"{"username":"u","passwort":"geheim"}"#)
        #expect(bad.code == 2)
        #expect(bad.errors == "password: is missing.\n")
        let good = #"{"username":"u","password":"p","webhookSecrets":["12345678","abcdefgh"]}"#
        #expect(try program.run("integration set --tenant leaf alleaves", input: good).code == 0)
        #expect(try program.run("integration set --tenant leaf alpine", input: #"{"apiKey":"k","uid":"1"}"#).code == 0)
        #expect(try program.run("doctor").output.contains("ok       credentials of leaf, alleaves: open"))
        let otherKey = "2:" + Data(repeating: 9, count: 32).base64EncodedString()
        let lost = try program.run("doctor", ["LOYALTY_SECRET_KEY": otherKey])
        #expect(lost.code == 1)
        #expect(lost.output.contains("add the key “1” to LOYALTY_SECRET_KEY again"))
    }

    @Test("settings go out and into another tenant; a file with a fault saves nothing")
    func settings() throws {
        let program = try migrated()
        #expect(try program.run("demo").code == 0)
        let exported = try program.run("settings export --tenant demo --json").output
        let changed = exported.replacingOccurrences(of: #""pointsPerDollar":1"#, with: #""pointsPerDollar":1.5"#)
        let faulty = changed.replacingOccurrences(of: #""holdMinutes":15"#, with: #""holdMinutes":0"#)
        let before = try program.run("settings show --tenant other").output
        let refused = try program.run("settings import --tenant other", input: faulty)
        #expect(refused.code == 2)
        #expect(refused.errors.contains("hold_minutes"))
        #expect(try program.run("settings show --tenant other").output == before)
        let saved = try program.run("settings import --tenant other --json", input: changed)
        #expect(saved.output == "{\"saved\":[\"points\",\"business\"]}\n")
        #expect(try program.run("settings export --tenant other --json").output == changed)
        #expect(try program.run("settings import --tenant other --json", input: changed).output == "{\"saved\":[]}\n")
    }

    @Test("a sync without a point of sale, or with one that is away, says so")
    func sync() throws {
        let program = try migrated()
        #expect(try program.run("demo").code == 0)
        #expect(try program.run("sync --tenant other").code == 1)
        let away = ["LOYALTY_ALLEAVES_BASE_URL": "http://127.0.0.1:1/api", "LOYALTY_ALLEAVES_RATE": "0"]
        let run = try program.run("sync --tenant demo --json", away)
        #expect(run.code == 69)
        #expect(run.output.contains(#""effectiveOrgId":"demo""#) && run.output.contains(#""status":"failed""#))
        #expect(try program.run("recalculate --tenant demo --as-of 2026-03-08").code == 0)
    }

    @Test("serve and work stop on SIGTERM within ten seconds, with exit code 0", arguments: ["serve", "work"])
    func stop(command: String) throws {
        let program = try migrated()
        let process = try program.start(command)
        for _ in 0..<100 where command == "serve" && !FileManager.default.fileExists(atPath: program.socket) {
            Thread.sleep(forTimeInterval: 0.05)
        }
        Thread.sleep(forTimeInterval: 0.5)
        #expect(process.isRunning)
        let asked = ContinuousClock().now
        process.terminate()
        process.waitUntilExit()
        #expect(ContinuousClock().now - asked < .seconds(10))
        #expect(process.terminationReason == .exit && process.terminationStatus == 0)
    }
}
