import Dispatch
import Foundation
import LoyaltyRules
import LoyaltyStore
import MariaDB
import TestSupport
import Testing

/// rules.md, "Orders change", through the real tables.
struct OrderChangesTests {
    let store: TestStore
    let noon = Instant.now().advanced(bySeconds: -3_600)

    init() throws {
        store = try TestStore()
        try store.importCustomers("1", "2")
    }

    private func sale(_ total: Cents, isCompleted: Bool = true, status: String? = nil, of customer: String? = "1")
        -> OrderRevision
    { .sale("A", of: customer, total, at: noon, status: status, isCompleted: isCompleted) }

    @Test("a till that retries posts one sale five times, three of them at once, and it earns once")
    func replayed() throws {
        let door = store.door
        let order = sale(100_00)
        let meeting = MeetingPoint(3)
        let once: @Sendable () throws -> Void = {
            let tenant = door.open()
            _ = try tenant.settingsVersion()
            meeting.meet()
            try tenant.store([order], ignoresOlder: true)
            try tenant.postDue()
        }
        try inParallel([once, once, once])
        try once()
        try once()
        #expect(try store.entries("1") == [100])
        #expect(try store.account("1").orders == 1)
        #expect(try store.differences() == [])
    }

    @Test("an edited sale earns the difference, up and down")
    func edited() throws {
        try store.post(sale(100_00))
        try store.post(sale(150_50))
        try store.post(sale(80_00))
        #expect(try store.entries("1") == [100, 50, -70])
        #expect(try store.account("1") == .init(balance: 80, owed: 0, lifetime: 80_00, orders: 1))
    }

    @Test("several partial refunds told as smaller totals each take their part")
    func smallerTotals() throws {
        for total in [100_00, 70_00, 30_00] as [Cents] { try store.post(sale(total)) }
        #expect(try store.entries("1") == [100, -30, -40])
    }

    @Test("several partial refunds told as negative orders lower the sale, and are no orders themselves")
    func negativeOrders() throws {
        try store.post(sale(100_00))
        try store.post(.sale("R1", of: "1", -30_00, refundOf: "A"))
        try store.post(.sale("R2", of: nil, -20_50, refundOf: "A"))
        #expect(try store.entries("1") == [100, -30, -21])
        #expect(try store.account("1") == .init(balance: 49, owed: 0, lifetime: 49_50, orders: 1))
        let last: Instant = try store.root.one(
            "SELECT last_order_at AS at FROM customers WHERE tenant_id = \(store.id) AND order_count = 1"
        ) { try $0.get("at") }
        #expect(last == noon)
    }

    @Test("a full refund takes all points back, in whichever form it is told", arguments: [0, 1, 2])
    func fullRefund(form: Int) throws {
        let refunds: [OrderRevision] = [
            sale(0), sale(100_00, isCompleted: false, status: "Refunded"),
            .sale("R", of: "1", -100_00, refundOf: "A"),
        ]
        try store.post(sale(100_00))
        try store.post(refunds[form])
        #expect(try store.entries("1") == [100, -100])
        // rules.md, "Completed": by its word a sale is none any more; lowered to nothing it stays one, worth nothing.
        #expect(try store.reason("A") == (form == 1 ? .notCompleted : .belowOnePoint))
        #expect(try store.account("1") == .init(balance: 0, owed: 0, lifetime: 0, orders: form == 1 ? 0 : 1))
    }

    @Test("a refund of more than the sale takes no more than the sale earned")
    func overRefund() throws {
        try store.post(sale(100_00))
        try store.post(.sale("R", of: "1", -150_00, refundOf: "A"))
        #expect(try store.entries("1") == [100, -100])
    }

    @Test("a voided sale gives its points back, and earns them again when it is reopened")
    func reopened() throws {
        try store.post(sale(100_00))
        try store.post(sale(100_00, isCompleted: false, status: "voided"))
        #expect(try store.account("1") == .init(balance: 0, owed: 0, lifetime: 0, orders: 0))
        try store.post(sale(100_00))
        #expect(try store.entries("1") == [100, -100, 100])
        #expect(try store.account("1") == .init(balance: 100, owed: 0, lifetime: 100_00, orders: 1))
    }

    @Test("a voided refund gives the points of its sale back")
    func voidedRefund() throws {
        try store.post(sale(100_00))
        try store.post(.sale("R", of: "1", -40_00, at: noon, refundOf: "A"))
        try store.post(.sale("R", of: "1", -40_00, at: noon, isCompleted: false, refundOf: "A"))
        #expect(try store.entries("1") == [100, -40, 40])
    }

    @Test("a refund that names another sale after all moves from one to the other")
    func renamedRefund() throws {
        try store.post(sale(100_00), .sale("B", of: "2", 100_00, at: noon))
        try store.post(.sale("R", of: "1", -40_00, at: noon, refundOf: "A"))
        try store.post(.sale("R", of: "1", -40_00, at: noon, refundOf: "B"))
        #expect(try store.balance("1") == 100)
        #expect(try store.balance("2") == 60)
    }

    @Test("a refund that arrives before its sale counts when the sale comes")
    func refundFirst() throws {
        let stored = try store.tenant.store([.sale("R", of: "1", -40_00, at: noon, refundOf: "A")])
        #expect(stored.unmatchedRefunds == ["R"])
        try store.tenant.postDue()
        #expect(try store.account("1") == .init(balance: 0, owed: 0, lifetime: 0, orders: 0))
        try store.post(sale(100_00))
        #expect(try store.entries("1") == [60])
    }

    @Test("a refund in one page with its sale belongs to it, whoever it names")
    func onePage() throws {
        let stored = try store.tenant.store([
            .sale("R", of: "2", -40_00, at: noon, refundOf: "A"), sale(100_00),
        ])
        #expect(stored.unmatchedRefunds == [])
        try store.tenant.postDue()
        #expect(try store.balance("1") == 60)
        #expect(try store.entries("2") == [])
    }

    @Test("a sale that the POS turns into a negative order gives back what it earned")
    func turnedNegative() throws {
        try store.post(sale(100_00))
        try store.post(sale(-20_00))
        #expect(try store.entries("1") == [100, -100])
        #expect(try store.account("1").orders == 0)
        #expect(try store.differences() == [])
    }

    @Test("a word nobody knows earns only when the order says that it is complete")
    func unknownWord() throws {
        let open = OrderState(complete: nil, void: nil, cancel: nil, word: "Parked")
        let complete = OrderState(complete: true, void: nil, cancel: nil, word: "Parked")
        #expect(open.unknownWord == "Parked")
        try store.post(sale(100_00, isCompleted: open.isCompleted, status: "Parked"))
        #expect(try store.reason("A") == .notCompleted)
        try store.post(sale(100_00, isCompleted: complete.isCompleted, status: "Parked"))
        #expect(try store.entries("1") == [100])
    }

    @Test("a sale whose customer the POS names later earns then")
    func namedLater() throws {
        try store.post(sale(100_00, of: nil))
        #expect(try store.reason("A") == .noMember)
        try store.post(sale(100_00))
        #expect(try store.entries("1") == [100])
        #expect(try store.reason("A") == nil)
    }

    @Test("sales of a customer not known yet earn when the customer is imported")
    func importedLater() throws {
        try store.post(sale(100_00, of: "9"), .sale("B", of: "9", 5_00))
        #expect(try store.reason("A") == .unknownCustomer)
        try store.importCustomers("9")
        try store.tenant.postDue()
        #expect(try store.balance("9") == 105)
    }

    @Test("a webhook older than what is stored is ignored, and the POS feed has the last word")
    func stale() throws {
        func revision(_ total: Cents, _ seconds: Int64) -> OrderRevision {
            .sale("A", of: "1", total, at: noon, updatedAt: noon.advanced(bySeconds: seconds))
        }
        try store.post(revision(100_00, 10))
        #expect(try store.tenant.store([revision(50_00, 9)], ignoresOlder: true).stale == 1)
        try store.tenant.postDue()
        #expect(try store.balance("1") == 100)
        #expect(try store.tenant.store([revision(60_00, 10)], ignoresOlder: true).changed == 1)
        try store.tenant.postDue()
        #expect(try store.balance("1") == 60)
        try store.post(revision(50_00, 9))
        #expect(try store.balance("1") == 50)
    }

    @Test("content unchanged writes nothing")
    func unchanged() throws {
        var order = sale(100_00, status: "a word of more than forty characters, which a POS may well send")
        order.externalID = "web-1"
        let refund = OrderRevision.sale("R", of: "1", -40_00, at: noon, refundOf: "A")
        let anonymous = OrderRevision.sale("B", of: nil, 5_00, at: noon)
        try store.post(order, refund, anonymous)
        let before = try store.everything()
        let again = try store.tenant.store([order, refund, anonymous])
        #expect(again.unchanged == 3 && again.changed == 0)
        #expect(try store.tenant.postDue() == PostedOrders())
        #expect(try store.everything() == before)
    }

    @Test("posting a customer with nothing due writes nothing")
    func postedTwice() throws {
        try store.post(sale(100_00))
        let before = try store.everything()
        let result = try store.tenant.postOrders(
            of: [try store.customer("1")], under: try store.tenant.settingsHistory(asOf: .now()),
            cause: PostingCause(), at: .now())
        #expect(result.orders == 0)
        #expect(try store.everything() == before)
    }

    @Test("a revision stored while a posting is under way is posted by the next")
    func storedMeanwhile() throws {
        let door = store.door
        let order = sale(1_00)
        let noon = noon
        try store.post(order)
        try inParallel([
            {
                let tenant = door.open()
                for number in 2...60 as ClosedRange<Int64> {
                    try tenant.store([.sale("A", of: "1", Cents(rawValue: number * 100), at: noon)])
                }
            },
            { for _ in 1...60 { try door.open().postDue() } },
        ])
        try store.tenant.postDue()
        #expect(try store.balance("1") == 60)
        #expect(try store.differences() == [])
    }

    @Test(
        "why a sale of nobody earns nothing is noted of the sale as it is, not as it was while another delivery was under way"
    )
    func reasonOfNobody() throws {
        var sale = OrderRevision.sale("A", of: "9", 10_00)
        sale.isCompleted = false
        try store.tenant.store([sale])
        sale.isCompleted = true
        let settling = store.tenant.onAnotherConnection()
        let settled = DispatchSemaphore(value: 0)
        let lent = Lent(settling)
        try store.tenant.transaction { tx in
            _ = try tx.store([sale], ignoresOlder: false, at: .now())
            Thread.detachNewThread {
                _ = try? lent.value.settleOrdersOfNobody(limit: 10)
                settled.signal()
            }
            // Long enough for one that does not wait.
            Thread.sleep(forTimeInterval: 0.3)
        }
        settled.wait()
        #expect(try store.reason("A") == .unknownCustomer)
    }

    @Test("an order that leaves its customer while it is posted for them for the first time is released all the same")
    func leavesWhilePosted() throws {
        let one = try store.importCustomers("1")[0]
        let (storing, posting) = (store.tenant.onAnotherConnection(), store.tenant.onAnotherConnection())
        let history = try store.tenant.settingsHistory(asOf: .now())
        let ended = DispatchSemaphore(value: 0)
        let lent = Lent((storing, posting, history))
        try store.tenant.transaction { tx in
            _ = try tx.store([.sale("A", of: "1", 10_00)], ignoresOlder: false, at: .now())
            // Both wait for the order that is under way, one for its row, one for its customer's.
            Thread.detachNewThread {
                _ = try? lent.value.0.store([.sale("A", of: "late", 10_00)])
                ended.signal()
            }
            Thread.detachNewThread {
                _ = try? lent.value.1.postOrders(of: [one], under: lent.value.2, cause: PostingCause(), at: .now())
                ended.signal()
            }
            Thread.sleep(forTimeInterval: 0.3)
        }
        ended.wait()
        ended.wait()
        try store.tenant.postDue()
        #expect(try store.balance("1") == 0)
        #expect(try store.reason("A") == .unknownCustomer)
        #expect(try store.differences() == [])
    }
}
