import LoyaltyRules
import LoyaltyStore
import MariaDB
import Synchronization

@testable import LoyaltyJobs

/// A clock that goes as the test says.
final class PassingClock: Sendable {
    private let passed = Mutex<Int64>(0)
    var passedSeconds: Int64 { passed.withLock { $0 } }
    func pass(seconds: Int64) { passed.withLock { $0 += seconds } }
}

extension Shop {
    /// Saves the switches, and the discounts that the rewards name: of the second one first.
    func carryRewards(discounts: [String], isOn: Bool = true, isOutboundOn: Bool = true) throws {
        var settings = try tenant.settings()
        settings.program.posDiscountEnabled = isOn
        settings.program.outboundEnabled = isOutboundOn
        for (index, name) in discounts.enumerated() { settings.redemptions.rewards[index + 1].posDiscountID = name }
        try tenant.save(settings.program, ifVersion: settings.version(of: .program), by: nil, requestID: nil)
        try tenant.save(settings.redemptions, ifVersion: settings.version(of: .redemptions), by: nil, requestID: nil)
    }

    func redeem(
        _ use: RedemptionRequest, of customer: Int, _ total: Cents, order: String?, isHold: Bool = false
    ) throws -> Redemption {
        let id = try self.customer(customer)
        return try tenant.transaction { tx in
            try tx.redeem(
                use, of: id, on: RedemptionOrder(total: total, posOrderID: order), isHold: isHold,
                by: .till(UserID(rawValue: 7)), at: .now())
        }
    }

    func void(_ redemption: Redemption) throws {
        _ = try tenant.transaction { tx in
            try tx.void(redemption.id, mayBeLate: true, by: .till(UserID(rawValue: 7)), at: .now())
        }
    }

    func discountStates() throws -> [PushState] {
        try root.all(
            "SELECT state FROM outbox WHERE tenant_id = \(tenant.tenant) AND destination = 'alleaves' ORDER BY id"
        ) { try $0.get("state") }
    }
}
