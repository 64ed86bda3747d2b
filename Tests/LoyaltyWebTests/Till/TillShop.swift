import FastCGI
import HTTPTypes
import LoyaltyRules
import LoyaltyStore
import MariaDB
import Secrets

@testable import LoyaltyWeb

/// A shop with a till, and how its forms are pressed.
struct TillShop {
    let app: TestApp

    init(_ app: TestApp? = nil) throws { self.app = try app ?? TestApp() }

    /// A member with points.
    func member(
        _ posID: String = "p1", first: String = "Ada", last: String = "Byron", phone: String? = "202-555-0143",
        born: Day? = nil, points: Int64 = 300
    ) throws -> CustomerID {
        var profile = CustomerProfile(posID: posID, firstName: first, lastName: last)
        profile.phone = phone.flatMap { Phone($0) }
        profile.email = "\(posID)@example.org"
        profile.birthDate = born
        _ = try app.tenantStore.importCustomers([profile], settings: app.tenantStore.settings(), at: .now())
        guard let id = try app.tenantStore.customers(.alleaves, outsideIDs: [posID])[posID] else {
            throw TestApp.Missing(what: "customer")
        }
        if points > 0 { try give(points, to: id) }
        return id
    }

    func give(_ points: Int64, to id: CustomerID) throws {
        try app.tenantStore.transaction { tx in
            for var locked in try tx.lock([id]) {
                let movement = Movement(
                    points: points, kind: .bonus, key: RandomBytes.token(), reason: "Test", settingsVersion: 1)
                try tx.append([movement], to: &locked, at: .now())
            }
        }
    }

    func save<Tab: SettingsTabValue>(_ tab: Tab) throws {
        let settings = try app.tenantStore.settings()
        try app.tenantStore.save(tab, ifVersion: settings.version(of: Tab.tab), by: nil, requestID: nil)
    }

    /// Has rewards carried to Alleaves, with which nobody speaks here.
    func carryRewards() throws {
        try app.tenantStore.saveCredentials(.alleaves, sealed: "sealed", at: .now())
        var program = try app.tenantStore.settings().program
        program.posDiscountEnabled = true
        try save(program)
    }

    /// The order numbers that points were used on, blank for none.
    func stored() throws -> [String] {
        try app.owner.all(
            "SELECT COALESCE(pos_order_id, '') AS number FROM redemptions WHERE tenant_id = \(app.tenant.id)"
        ) { String(decoding: try $0.get("number", as: [UInt8].self), as: UTF8.self) }
    }

    func balance(_ id: CustomerID) throws -> Int64 { try app.tenantStore.availablePoints(of: id) }

    /// The page of a customer with an order.
    func open(_ id: CustomerID, total: String = "60", as person: TestApp.Person = .budtender) throws -> String {
        try app.get(TillPage.path(of: id, total: total), as: person).bodyText
    }

    /// The reward that costs this, pressed on a page that was rendered.
    func redeem(
        _ cost: Int64, of id: CustomerID, key: String, total: String = "60", order: String = "", seen: [String] = [],
        as person: TestApp.Person = .budtender
    ) throws -> Response {
        let rewards = try app.tenantStore.settings().redemptions.rewards
        guard let reward = rewards.first(where: { $0.pointsCost == cost }) else {
            throw TestApp.Missing(what: "reward")
        }
        return try app.post(
            Path.tillRedeem,
            [
                "customer": "\(id)", "redemption_tier_id": "\(reward.id)", "total": total, "order": order,
                "request_key": key, "seen": seen.joined(separator: ","),
            ], as: person)
    }

    func redeem(points: String, of id: CustomerID, key: String = RandomBytes.token(), total: String = "60") throws
        -> Response
    {
        try app.post(
            Path.tillRedeem, ["customer": "\(id)", "points": points, "total": total, "request_key": key],
            as: .budtender)
    }

    func undo(
        _ redemption: String, key: String = RandomBytes.token(), as person: TestApp.Person = .budtender
    ) throws -> Response {
        try app.post(Path.tillUndo, ["redemption": redemption, "request_key": key], as: person)
    }

    /// The page that asks, where a press leads there; else its answer.
    func shown(_ response: Response, as person: TestApp.Person = .budtender) throws -> Response {
        guard let location = response.headers[.location], location.contains("again=") else { return response }
        return try app.get(location, as: person)
    }

    /// Where an accepted press leads, and the redemption that it names.
    func follow(_ response: Response, as person: TestApp.Person = .budtender) throws -> (id: String, page: String) {
        guard response.status == .seeOther, let location = response.headers[.location],
            location.contains("redemption=")
        else { throw TestApp.Missing(what: "a redirect to a use of points: \(response.status)") }
        let id = String(location.split(separator: "redemption=").last?.prefix { $0 != "&" } ?? "")
        return (id, try app.get(location, as: person).bodyText)
    }
}

extension String {
    /// The values of the hidden fields called so, in the order of the page.
    func hidden(_ name: String) -> [String] {
        split(separator: "name=\"\(name)\" value=\"").dropFirst().map { String($0.prefix { $0 != "\"" }) }
    }
}
