import Testing

@testable import LoyaltyRules

struct OrdersTests {
    @Test(
        "an order is completed as rules.md says",
        arguments: [  // complete, void, cancel, word, completed
            (true, false, false, "completed", true), (true, nil, nil, nil, true), (true, nil, nil, "pending", true),
            (true, nil, nil, "unheard-of", true), (nil, nil, nil, "completed", true),
            (nil, nil, nil, "Delivered", true),
            (nil, nil, nil, "COMPLETED", true), (nil, false, false, "delivered", true), (nil, nil, nil, nil, false),
            (nil, nil, nil, "", false), (nil, nil, nil, "ready", false), (nil, nil, nil, "unheard-of", false),
            (false, nil, nil, "completed", false), (false, nil, nil, "delivered", false),
            (true, true, false, "completed", false), (true, nil, true, "completed", false),
            (true, nil, nil, "voided", false), (true, nil, nil, "Cancelled", false),
            (true, nil, nil, "REFUNDED", false),
            (true, nil, nil, "Returned", false), (nil, nil, nil, "refunded", false),
        ] as [(Bool?, Bool?, Bool?, String?, Bool)])
    func completed(complete: Bool?, void: Bool?, cancel: Bool?, word: String?, isCompleted: Bool) {
        let state = OrderState(complete: complete, void: void, cancel: cancel, word: word)
        #expect(state.isCompleted == isCompleted)
    }

    @Test("every combination of flags and words is read by the one rule", arguments: OrdersTests.words)
    func everyCombination(word: String?, kind: WordKind) {
        for complete in [nil, false, true] as [Bool?] {
            for void in [nil, false, true] as [Bool?] {
                for cancel in [nil, false, true] as [Bool?] {
                    let state = OrderState(complete: complete, void: void, cancel: cancel, word: word)
                    let isUndone = void == true || cancel == true || kind == .ended
                    let isSale = complete == true || (complete == nil && kind == .completed)
                    #expect(
                        state.isCompleted == (!isUndone && isSale),
                        "complete \(complete as Any), void \(void as Any), cancel \(cancel as Any)")
                    #expect(state.unknownWord == (kind == .unknown ? word : nil))
                    let isUntold = isUndone && kind != .ended
                    #expect(state.endedWord == (isUntold ? (void == true ? "voided" : "cancelled") : nil))
                }
            }
        }
    }

    enum WordKind: Sendable { case ended, completed, open, unknown }

    static let words: [(String?, WordKind)] =
        ["voided", "cancelled", "refunded", "returned"].flatMap { inAnyCase($0, .ended) }
        + ["completed", "delivered"].flatMap { inAnyCase($0, .completed) }
        + ["pending", "submitted", "confirmed", "preparing", "processing", "ready"].flatMap { inAnyCase($0, .open) }
        + ["on hold", "complete", "void", "5", "é"].flatMap { inAnyCase($0, .unknown) }
        + [(nil, .open), ("", .open)]

    private static func inAnyCase(_ word: String, _ kind: WordKind) -> [(String?, WordKind)] {
        Set([word, word.uppercased(), word.prefix(1).uppercased() + word.dropFirst()]).sorted().map { ($0, kind) }
    }

    @Test(
        "the amount that earns follows the tenant's setting",
        arguments: [  // total, tax, subtotal, discount, tender, on total, before tax
            (110_00, 10_00, 120_00, 20_00, 0, 110_00, 100_00),
            (110_00, nil, 120_00, 20_00, 0, 110_00, 100_00),
            (110_00, nil, 100_00, nil, 0, 110_00, 100_00),
            (110_00, nil, nil, nil, 0, 110_00, nil),
            (110_00, nil, nil, 20_00, 0, 110_00, nil),
            (110_00, 0, nil, nil, 0, 110_00, 110_00),
            (110_00, 10_00, nil, nil, 15_00, 95_00, 85_00),
            (110_00, nil, 120_00, 20_00, 15_00, 95_00, 85_00),
            (-20_00, -2_00, nil, nil, 0, -20_00, -18_00),
            (0, 0, 0, 0, 0, 0, 0),
        ] as [(Cents, Cents?, Cents?, Cents?, Cents, Cents?, Cents?)])
    func earningAmount(
        total: Cents, tax: Cents?, subtotal: Cents?, discount: Cents?, tender: Cents, onTotal: Cents?, beforeTax: Cents?
    ) throws {
        var order = OrderRevision.sample(total: total)
        (order.tax, order.subtotal, order.discount, order.pointsTender) = (tax, subtotal, discount, tender)
        #expect(try order.earningAmount(on: .total) == onTotal)
        #expect(try order.earningAmount(on: .beforeTax) == beforeTax)
    }

    @Test(
        "nothing is left of a sale that was ended, or given back wholly",
        arguments: [  // word, completed, total, refunds, undone
            ("completed", true, 45_00, [], false), ("voided", false, 45_00, [], true),
            ("Refunded", false, 45_00, [], true), ("RETURNED", false, 0, [], true), ("cancelled", false, 0, [], true),
            ("processing", false, 45_00, [], false), ("processing", false, 0, [], false),
            (nil, false, 45_00, [], false),
            ("completed", true, 45_00, [-44_99], false), ("completed", true, 45_00, [-20_00, -25_00], true),
            ("completed", true, 45_00, [-50_00], true),
            // Paid with a reward.
            ("completed", true, 0, [], false),
        ] as [(String?, Bool, Cents, [Cents], Bool)])
    func undone(word: String?, isCompleted: Bool, total: Cents, refunds: [Cents], isUndone: Bool) {
        var sale = OrderRevision.sample(total: total)
        (sale.status, sale.isCompleted) = (word, isCompleted)
        #expect(sale.isUndone(by: refunds.map { .sample(total: $0) }) == isUndone)
    }

    @Test("a revision takes a whole sale back by its word, or by nothing that is left of what was paid")
    func takesBack() {
        let sale = OrderRevision.sample(total: 45_00)
        let nothing = OrderRevision.sample(total: 0)
        var voided = sale
        (voided.status, voided.isCompleted) = ("voided", false)
        var open = sale
        (open.status, open.isCompleted) = ("ready", false)
        #expect(voided.takesBack(nil) && voided.takesBack(sale) && voided.takesBack(open))
        #expect(nothing.takesBack(sale))
        #expect(!nothing.takesBack(nil) && !nothing.takesBack(open) && !nothing.takesBack(nothing))
        #expect(!OrderRevision.sample(total: 1).takesBack(sale) && !open.takesBack(sale) && !sale.takesBack(voided))
    }

    @Test("two tax rates on one net price earn the same before tax")
    func taxRates() throws {
        var low = OrderRevision.sample(total: 108_00)
        low.tax = 8_00
        var high = OrderRevision.sample(total: 121_50)
        high.tax = 21_50
        #expect(try low.earningAmount(on: .beforeTax) == high.earningAmount(on: .beforeTax))
    }

    @Test("amounts of a hostile sale that leave 64 bits are an error, and stop nothing", arguments: EarnBase.allCases)
    func hostile(base: EarnBase) {
        var order = OrderRevision.sample(total: Cents(rawValue: .max))
        order.tax = Cents(rawValue: .min)
        order.pointsTender = -1
        #expect(throws: Overflow()) { try order.earningAmount(on: base) }
        order.tax = nil
        order.subtotal = Cents(rawValue: .min)
        order.discount = Cents(rawValue: .max)
        #expect(throws: Overflow()) { try order.earningAmount(on: base) }
    }
}

extension OrderRevision {
    static func sample(total: Cents) -> OrderRevision {
        OrderRevision(
            source: .pos, posOrderID: "9001", posCustomerID: "501", posLocationID: "1000", status: "completed",
            isCompleted: true, total: total, completedAt: Instant(secondsSince1970: 1_767_384_900), updatedAt: nil)
    }
}
