import LoyaltyRules
import LoyaltyStore
import MariaDB
import TestSupport
import Testing

/// rules.md, "Wave": one open incident per tenant and group, which the admin decides as a whole.
struct IncidentTests {
    let store: TestStore
    let customers: [CustomerID]
    private let now = Instant.now()

    init() throws {
        store = try TestStore()
        let posIDs = (1...6).map(String.init)
        customers = try store.importCustomers("1", "2", "3", "4", "5", "6")
        let sales = posIDs.map { OrderRevision.sale("A\($0)", of: $0, 100_00, at: now.advanced(bySeconds: -90)) }
        try store.tenant.store(sales, at: now.advanced(bySeconds: -80))
        try store.tenant.postDue(at: now.advanced(bySeconds: -80))
    }

    private func later(_ seconds: Int64) -> Instant { now.advanced(bySeconds: seconds) }

    /// An incident of the first four customers, of whom Alpine says 0, 10, 20 and 30.
    @discardableResult
    private func open(_ group: ComparisonGroup = .reconciled, at second: Int64 = 0) throws -> IncidentID {
        let differences = try customers.prefix(4).enumerated().map { index, customer in
            try store.alpineSays(Int64(index) * 10, of: customer, at: later(second))
        }
        return try store.tenant.openIncident(
            group, run: store.run, compared: 6, differences, at: later(second + 1))
    }

    private func decide(_ id: IncidentID, _ decision: IncidentDecision, at second: Int64 = 5) throws
        -> DecisionResult<IncidentState>
    {
        try store.tenant.decide(
            id, decision, reason: "Points expired there", by: nil,
            audit: AuditRecord(actor: "owner", action: "reconciliation.incident"), at: later(second))
    }

    private func balances() throws -> [Int64] { try (1...6).map { try store.balance("\($0)") } }

    @Test("an incident tells how many, their sums, and the largest differences")
    func told() throws {
        try open()
        let incident = try #require(try store.tenant.incidents(isOpen: true, limit: 5, samples: 2).first)
        #expect(incident.members == 4 && incident.compared == 6 && incident.group == .reconciled)
        #expect(incident.calculated == 400 && incident.alpine == 60 && incident.difference == -340)
        #expect(incident.samples.map(\.difference) == [-100, -90])
        #expect(incident.samples.map(\.customer.id) == Array(customers.prefix(2)))
        let counts = try store.tenant.reviewCounts()
        #expect(counts.incidents == 1 && counts.members == 4 && counts.needsReview == 4)
        #expect(try store.tenant.needsReview(customers[0]) && !store.tenant.needsReview(customers[5]))
    }

    @Test("one open incident per group: others join it, and the other group has its own")
    func one() throws {
        let first = try open()
        let joined = try store.tenant.openIncident(
            .reconciled, run: .make(), compared: 9, [try store.alpineSays(1, of: customers[4], at: later(3))],
            at: later(4))
        #expect(joined == first)
        let other = try store.tenant.openIncident(
            .first, run: .make(), compared: 9, [try store.alpineSays(1, of: customers[5], at: later(3))], at: later(4))
        #expect(other != first)
        let open = try store.tenant.incidents(isOpen: true, limit: 5, samples: 0)
        #expect(open.map(\.members) == [1, 5])
    }

    @Test("while it is open no path takes Alpine's number of its customers, and others go on as usual")
    func blocks() throws {
        try open()
        #expect(try store.takeAlpine(5, of: customers[0], at: later(3)) == nil)
        #expect(try store.takeAlpine(5, of: customers[5], at: later(3))?.outcome == .taken)
        #expect(try balances() == [100, 100, 100, 100, 100, 5])
    }

    @Test("a record of one of its customers waits for the incident")
    func recordWaits() throws {
        try store.takeAlpine(50, of: customers[0], at: later(-20))
        try open()
        let record = try #require(try store.records(of: customers[0]).first)
        #expect(throws: Refusal.self) {
            try store.tenant.resolve(
                record.id, by: DiscrepancyDecision(.keep), audit: AuditRecord(actor: "t", action: "t"), at: later(5))
        }
        #expect(try store.balance("1") == 50)
    }

    @Test("applied: every customer's number is taken once, however often it is asked for and carried out")
    func applied() async throws {
        let id = try open()
        #expect(try decide(id, .apply) == .decided)
        #expect(try decide(id, .apply) == .alreadyDecided)
        #expect(try decide(id, .reject) == .decidedOtherwise(.applied))
        #expect(try balances() == Array(repeating: 100, count: 6))
        // Not yet carried out: still nobody else's.
        #expect(try store.takeAlpine(0, of: customers[0], at: later(6)) == nil)
        let (door, moment) = (store.door, later(8))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let tenant = door.open()
                    while try tenant.postDecidedIncidents(limit: 2, requestID: "req", at: moment) > 0 {}
                }
            }
            try await group.waitForAll()
        }
        #expect(try balances() == [0, 10, 20, 30, 100, 100])
        #expect(try store.entries("1") == [100, -100])
        #expect(try store.tenant.alpineStandings(of: customers)[customers[1]]?.outcome == .overridden)
        // The incident is the record.
        #expect(try store.records(of: customers[0]).isEmpty)
        let closed = try #require(try store.tenant.incidents(isOpen: false, limit: 5, samples: 1).first)
        #expect(closed.state == .applied && closed.members == 4 && closed.settled == 4)
        #expect(closed.reason == "Points expired there")
        #expect(
            try store.count(
                """
                SELECT COUNT(*) AS number FROM audit_log
                 WHERE tenant_id = \(store.id) AND action = 'reconciliation.incident'
                """) == 1)
        #expect(try store.differences() == [])
        // Afterwards the customer is one like any other.
        #expect(try store.takeAlpine(40, of: customers[0], at: later(20))?.outcome == .taken)
    }

    @Test("applied, a customer for whom it does not fit any more is left to the next comparison")
    func doesNotFit() throws {
        let id = try open()
        try store.hold(50, of: customers[0])
        try store.move(-95, .redeem, key: "r", for: customers[1])
        #expect(try decide(id, .apply) == .decided)
        #expect(try store.tenant.postDecidedIncidents(limit: 100, at: later(8)) == 4)
        #expect(try store.tenant.postDecidedIncidents(limit: 100, at: later(8)) == 0)
        #expect(try balances() == [100, 5, 20, 30, 100, 100])
        let moment = Instant.now().advanced(bySeconds: 9)
        #expect(try store.takeAlpine(0, of: customers[0], at: moment)?.outcome == .recorded(.hold))
        #expect(try store.differences() == [])
    }

    @Test("rejected, ours stay, and its customers are kept apart until Alpine names another number")
    func rejected() throws {
        let id = try open()
        #expect(try decide(id, .reject) == .decided)
        #expect(try store.tenant.postDecidedIncidents(limit: 100, at: later(8)) == 0)
        #expect(try balances() == Array(repeating: 100, count: 6))
        #expect(
            try store.tenant.liveMembers(of: customers).values.map(\.state) == Array(repeating: .rejected, count: 4))
        #expect(try store.tenant.reviewCounts().needsReview == 0)
        var changes = MemberChanges()
        changes.changed = [customers[0]]
        try store.tenant.keep(changes, at: later(9))
        #expect(try store.tenant.liveMembers(of: customers).count == 3)
        #expect(try store.takeAlpine(60, of: customers[0], at: later(10))?.outcome == .taken)
    }

    @Test("members keep the newest figures, leave when the numbers agree, and the last one closes the incident")
    func agreed() throws {
        let id = try open()
        var changes = MemberChanges()
        changes.agreed = Array(customers.prefix(2))
        changes.refreshed = [try store.alpineSays(25, of: customers[2], at: later(4))]
        try store.tenant.keep(changes, at: later(5))
        let incident = try #require(try store.tenant.incident(id))
        #expect(incident.members == 2 && incident.alpine == 55 && incident.state == .open)
        var rest = MemberChanges()
        rest.agreed = Array(customers[2...3])
        try store.tenant.keep(rest, at: later(6))
        #expect(try store.tenant.incident(id)?.state == .agreed)
        #expect(try decide(id, .apply) == .decidedOtherwise(.agreed))
        #expect(try store.tenant.postDecidedIncidents(limit: 100, at: later(8)) == 0)
        // And may become members of the next.
        #expect(try open(at: 10) != id)
    }

    @Test("a member who agreed and differs again is a member again, once")
    func again() throws {
        let id = try open()
        var changes = MemberChanges()
        changes.agreed = [customers[0]]
        try store.tenant.keep(changes, at: later(5))
        #expect(try open(at: 10) == id)
        #expect(try store.tenant.incident(id)?.members == 4)
    }

    @Test("another tenant's incident is not there")
    func tenants() throws {
        let id = try open()
        let other = try TestStore()
        #expect(try other.tenant.incident(id) == nil)
        #expect(throws: Refusal.self) {
            try other.tenant.decide(
                id, .apply, reason: "", by: nil, audit: AuditRecord(actor: "t", action: "t"), at: later(3))
        }
        #expect(try other.tenant.reviewCounts() == ReviewCounts())
    }
}
