import Connectors
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Testing

struct ComparisonTests {
    /// A shop with one customer, 1000, who spent `dollars` ten days ago and `recent` an hour ago.
    private static func shop(dollars: Int64, recent: Int64 = 0, person: (inout World.Person) -> Void) throws -> Shop {
        var world = World()
        world.buyers = [World.Buyer(id: 1_000)]
        if dollars > 0 { world.sales.append(World.Sale(1, 1_000, dollars * 100)) }
        if recent > 0 {
            world.sales.append(World.Sale(2, 1_000, recent * 100, at: .now().advanced(bySeconds: -3_600)))
        }
        world.agree()
        person(&world.people[0])
        return try Shop(world)
    }

    @Test(
        "what comes out of a comparison is what rules.md says, and points move by the distance",
        arguments: [  // calculated of which recent, Alpine as sent, outcome, difference
            (100, 0, "111", .within, 11),
            (100, 0, "112", .overridden, 12),
            (110, 0, "100", .within, -10),
            (111, 0, "100", .overridden, -11),
            (50, 0, "0", .overridden, -50),
            (0, 0, "0", .within, 0),
            (150, 50, "100", .awaiting, -50),
            (150, 50, "80", .overridden, -20),
            (100, 0, "100.9", .within, 0),
            (100, 0, "\"112.99\"", .overridden, 12),
        ] as [(Int64, Int64, String, ComparisonOutcome, Int64)])
    func table(calculated: Int64, recent: Int64, alpine: String, outcome: ComparisonOutcome, difference: Int64) throws {
        let shop = try Self.shop(dollars: calculated - recent, recent: recent) { $0.points = alpine }
        let run = try shop.sync()
        let standing = try shop.standing(1_000)
        #expect(standing?.outcome == outcome)
        #expect(standing?.calculated == calculated)
        #expect(standing?.difference == difference)
        #expect(try shop.balance(1_000) == calculated + (outcome == .overridden ? difference : 0))
        let result = try run.outcome
        #expect(result.compared == 1)
        #expect(result.within == (outcome == .within ? 1 : 0))
        #expect(result.awaiting == (outcome == .awaiting ? 1 : 0))
        #expect(result.discrepancies.map(\.difference) == (outcome == .overridden ? [difference] : []))
        #expect(result.discrepancies.allSatisfy { $0.customerId == "1000" })
        #expect(result.overridden ?? 0 == (outcome == .overridden ? 1 : 0))
        #expect(try shop.differences() == [])
    }

    @Test("a figure that is not known is not compared, and is kept by its state")
    func states() throws {
        let cases: [(AlpineFigure, (inout World.Person) -> Void)] = [
            (.hidden, { person in (person.points, person.isHidden) = ("0", true) }),
            (.unknown, { $0.points = nil }),
            (.unknown, { $0.points = "\"many\"" }),
            (.notAMember, { $0.isMember = false }),
        ]
        for (figure, change) in cases {
            let shop = try Self.shop(dollars: 150, person: change)
            let run = try shop.sync()
            #expect(try shop.standing(1_000)?.figure == figure)
            #expect(try shop.standing(1_000)?.outcome == .notCompared)
            #expect(try run.outcome.degraded == 1)
            #expect(run.state == .succeeded)
            #expect(try shop.balance(1_000) == 150)
        }
    }

    @Test("a reading is written when figure or state changes, and only then")
    func readings() throws {
        let shop = try Self.shop(dollars: 100) { $0.points = "100" }
        let changes: [(Int64, (inout World.Person) -> Void)] = [
            (1, { _ in }), (2, { $0.points = "105" }), (2, { $0.points = "105.7" }), (3, { $0.points = nil }),
            (3, { _ in }), (4, { $0.isMember = false }),
            (5, { person in (person.isMember, person.points) = (true, "105") }),
        ]
        for (rows, change) in changes {
            change(&shop.script.world.people[0])
            // Also a run that finds all as it was says when it asked.
            #expect(try shop.sync().outcome.alpineReadAt != nil)
            #expect(try shop.readingRows() == rows)
        }
        #expect(try shop.standingRows() == 1)
    }

    @Test("a persona belongs to whom it names by id, else by code, else by the only phone or e-mail")
    func matching() throws {
        var world = World()
        world.buyers = [
            World.Buyer(id: 1), World.Buyer(id: 2, code: "c2"), World.Buyer(id: 3, phone: "(202) 555-0103"),
            World.Buyer(id: 4, email: "four@example.com"), World.Buyer(id: 5, phone: "2025550199"),
            World.Buyer(id: 6, phone: "2025550199"), World.Buyer(id: 7, phone: "2025550107"),
            World.Buyer(id: 8, email: "eight@example.com"), World.Buyer(id: 9, phone: "2025550109", code: "c9"),
        ]
        world.people = [
            World.Person(contact: "c1", srcID: 1, points: "1"), World.Person(contact: "c2", points: "2"),
            World.Person(contact: "c3", phone: "2025550103", points: "3"),
            World.Person(contact: "c4", email: "Four@Example.com", points: "4"),
            // Two customers share it.
            World.Person(contact: "c5", phone: "2025550199", points: "5"),
            // Two personas share it.
            World.Person(contact: "c7", phone: "2025550107", points: "7"),
            World.Person(contact: "c7b", phone: "2025550107", points: "7"),
            // Phone of one, e-mail of another.
            World.Person(contact: "c8", phone: "2025550103", email: "eight@example.com", points: "8"),
            // By code, although an id follows: the id wins.
            World.Person(contact: "c9", points: "90"), World.Person(contact: "x9", srcID: 9, points: "9"),
            World.Person(contact: "nobody", phone: "2025550000", points: "1"),
            // The id of another system is nobody's here.
            World.Person(contact: "elsewhere", platform: "treez", srcID: 5, points: "1"),
        ]
        let shop = try Shop(world)
        let run = try shop.sync()
        let found = try (1...9).map { try shop.standing($0)?.contactID }
        // The phone of c3 is also on c8, so that two personas carry it: no match.
        #expect(found == ["c1", "c2", nil, "c4", nil, nil, nil, "c8", "x9"])
        #expect(try run.outcome.degraded == 4)
        // Whom nobody can tell apart is listed; whom nobody here is, is not.
        #expect(
            try shop.tenant.exceptions(of: run.id).compactMap(\.subject).sorted() == ["c3", "c5", "c7", "c7b", "c9"])
    }
}
