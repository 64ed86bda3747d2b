import LoyaltyRules
import Testing

struct SettlementTests {
    private func id(_ number: UInt128) -> OrderID { OrderID(rawValue: number) }

    @Test(
        "what is available settles the oldest first, and no more than is owed",
        arguments: [
            (0, [], 0), (-5, [], 0), (10, [-10], 10), (30, [-30], 30), (45, [-30, -15], 45), (80, [-30, -50], 80),
            (1_000, [-30, -50], 80), (.max, [-30, -50], 80),
        ] as [(Int64, [Int64], Int64)])
    func amounts(available: Int64, points: [Int64], total: Int64) {
        let owings = [
            Owing(order: id(2), put: 30, open: 30, settlements: 0),
            Owing(order: id(3), put: 9, open: 0, settlements: 4),
            Owing(order: id(1), put: 90, open: 50, settlements: 2),
        ]
        let settlement = Settlement(of: owings, available: available, settingsVersion: 7)
        #expect(settlement.entries.map(\.points) == points && settlement.points == total)
        #expect(settlement.entries.allSatisfy { $0.kind == .clawback && $0.settingsVersion == 7 })
        #expect(settlement.owings.map(\.order) == [id(2), id(1)].prefix(points.count).map { $0 })
    }

    @Test("each settling has a key of its own, and what stays open is told")
    func keys() {
        let owing = Owing(order: id(1), put: 90, open: 50, settlements: 2)
        let settlement = Settlement(of: [owing], available: 20, settingsVersion: 1)
        #expect(settlement.entries.map(\.key) == ["owed:\(id(1)):3"])
        #expect(settlement.owings == [Owing(order: id(1), put: 90, open: 30, settlements: 3)])
    }
}
