import LoyaltyRules
import LoyaltyStore
import Testing

struct OrderTimelineTests {
    @Test("the timeline tells movements of one posting in the order of the ledger")
    func order() throws {
        let store = try TestStore()
        let customer = try store.importCustomers("1")[0]
        let now = Instant.now()
        for number in 1...9 {
            try store.tenant.store([
                .sale(
                    "\(number)", of: "1", Cents(rawValue: Int64(number) * 100),
                    at: now.advanced(bySeconds: -3_600 * (20 - Int64(number))))
            ])
        }
        try store.tenant.postDue(at: now)
        let earned = try store.tenant.activities(of: customer, .first, limit: 50).rows
            .filter { $0.kind == .pointsEarned }.compactMap(\.points)
        #expect(earned == [9, 8, 7, 6, 5, 4, 3, 2, 1])
    }
}
