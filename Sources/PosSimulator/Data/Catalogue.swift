/// What the shop sells.
struct Product: Sendable {
    let id: Int
    let name: String
    let category: String
    let priceCents: Int64
}

/// One line of an order.
struct Line: Sendable {
    var id: Int64
    var product: Int
    var priceCents: Int64
}

enum Catalogue {
    static let products: [Product] = sections.flatMap { section in
        section.goods.map { Product(id: 0, name: $0.0, category: "Category > " + section.name, priceCents: $0.1) }
    }.enumerated().map { index, product in
        Product(id: 321 + index, name: product.name, category: product.category, priceCents: product.priceCents)
    }

    private static let sections: [(name: String, goods: [(String, Int64)])] = [
        (
            "Flower",
            [
                ("Blue Ridge Haze 3.5 g", 3_500), ("Catskill Kush 3.5 g", 4_200), ("Hudson Diesel 3.5 g", 4_500),
                ("Adirondack Sky 7 g", 6_800), ("Apple Fritter 3.5 g", 4_800), ("House Smalls 14 g", 8_900),
                ("Empire Sunset 28 g", 16_500),
            ]
        ),
        (
            "Pre rolls",
            [
                ("House Pre Roll 1 g", 900), ("Infused Pre Roll 1 g", 1_800), ("Pre Roll Five Pack", 2_700),
                ("Mini Joints Seven Pack", 2_200), ("Hash Hole 1.5 g", 3_200),
            ]
        ),
        (
            "Edibles",
            [
                ("Peach Gummies 100 mg", 2_200), ("Sour Cherry Gummies 100 mg", 2_400),
                ("Dark Chocolate 100 mg", 2_500),
                ("Caramel Bites 50 mg", 1_600), ("Seltzer Lemon 5 mg", 650), ("Iced Tea 10 mg", 800),
            ]
        ),
        (
            "Vapes",
            [
                ("Live Resin Cart 0.5 g", 3_800), ("Distillate Cart 1 g", 4_600), ("All-in-One 1 g", 5_500),
                ("Rosin Pod 0.5 g", 5_900),
            ]
        ),
        ("Concentrates", [("Badder 1 g", 4_400), ("Live Rosin 1 g", 6_500), ("Bubble Hash 1 g", 3_600)]),
        (
            "Wellness",
            [("CBD Tincture", 3_900), ("Topical Balm", 2_900), ("Sleep Capsules", 3_300), ("Transdermal Patch", 1_400)]
        ),
        (
            "Accessories",
            [("Rolling Papers", 350), ("Lighter", 250), ("Grinder", 1_500), ("Battery 510", 1_900), ("Glass Tip", 700)]
        ),
    ]

    /// The lines of a generated order. They are not kept: the same seed gives them again whenever one is asked for.
    static func lines(seed: UInt32, targetDollars: Int) -> [Line] {
        var random = SplitMix64(seed: UInt64(seed) | 0x5000_0000_0000)
        var lines: [Line] = []
        var sum: Int64 = 0
        let target = Int64(targetDollars) * 100
        while lines.isEmpty || (sum < target - 1_000 && lines.count < 8) {
            var choice = random.below(products.count)
            // A basket near its target, because the customer's habits depend on it.
            for _ in 0..<6 where sum + products[choice].priceCents > target + 500 {
                choice = random.below(products.count)
            }
            lines.append(Line(id: Int64(lines.count), product: choice, priceCents: products[choice].priceCents))
            sum += products[choice].priceCents
        }
        return lines
    }
}
