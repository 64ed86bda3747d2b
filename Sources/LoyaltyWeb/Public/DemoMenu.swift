import FastCGI
import LoyaltyRules
import LoyaltyStore

/// The menu of a shop that does not exist, with the bar in it as a shop would have it.
public struct DemoMenuPage: Page {
    public static let template = "public/demo_menu"

    public let title: String
    let org: String
    let shelves: [Shelf]

    /// The shop called `shopName`, whose bar is `org`'s.
    public init(org: String, shopName: String) {
        title = shopName
        self.org = org
        shelves = Shelf.all
    }

    /// A part of the menu.
    struct Shelf: Sendable {
        let shelf: String
        let items: [Item]
    }

    /// Something on sale.
    struct Item: Sendable {
        let item: String
        let maker: String
        let facts: String
        let price: String
        let color: String
    }

    public static let samples = [DemoMenuPage(org: "demo", shopName: "Juniper & Main")]
}

extension DemoMenuPage.Shelf {
    static let all: [DemoMenuPage.Shelf] = [
        .init(
            shelf: "Flower",
            items: [
                .init(
                    item: "Harbor Fog", maker: "Tidewater Farms", facts: "Indica · 22% THC · 3.5 g", price: "$38",
                    color: "#6b8f71"),
                .init(
                    item: "Lemon Lantern", maker: "Foxglove Acre", facts: "Sativa · 19% THC · 3.5 g", price: "$34",
                    color: "#c9b458"),
                .init(
                    item: "Plum Static", maker: "Tidewater Farms", facts: "Hybrid · 24% THC · 3.5 g", price: "$42",
                    color: "#7d6b8f"),
            ]),
        .init(
            shelf: "Pre-rolls",
            items: [
                .init(
                    item: "Sunday Porch, five pack", maker: "Little Ember", facts: "Hybrid · 18% THC · 2.5 g",
                    price: "$25", color: "#b0764f"),
                .init(
                    item: "Night Bus, single", maker: "Little Ember", facts: "Indica · 21% THC · 1 g", price: "$9",
                    color: "#4f6d8a"),
            ]),
        .init(
            shelf: "Edibles",
            items: [
                .init(
                    item: "Salted caramel squares", maker: "Candle & Clove", facts: "10 × 5 mg THC", price: "$22",
                    color: "#a8814a"),
                .init(
                    item: "Blackberry tea bags", maker: "Candle & Clove", facts: "6 × 5 mg THC, 5 mg CBD", price: "$18",
                    color: "#6a4f7d"),
                .init(
                    item: "Ginger lozenges", maker: "Foxglove Acre", facts: "20 × 2.5 mg THC", price: "$16",
                    color: "#c08d3e"),
            ]),
    ]
}

extension Site {
    /// The example shop: only where demo data are, and only for a demo tenant.
    func showDemoMenu(_ call: Call) throws -> Response {
        let org = try call.request.query.single("org") ?? "demo"
        guard shared.configuration.isDemoAllowed, let entry = try shared.settings.entry(named: org, in: store),
            entry.tenant.isDemo
        else { throw Refusal(.notFound, "There is no such page.") }
        let page = DemoMenuPage(org: entry.tenant.slug, shopName: entry.settings.business.name)
        return .html(try shared.templates.render(page))
    }
}
