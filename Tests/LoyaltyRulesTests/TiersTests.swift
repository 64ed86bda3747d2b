import Foundation
import Testing

@testable import LoyaltyRules

struct TiersTests {
    private static let today = Day(daysSince1970: 20_454)

    @Test(
        "a tier follows from spend and inactivity as rules.md says",
        arguments: [  // qualifying spend, days since last order, tier
            (199_99, 1, "Bronze"), (200_00, 1, "Silver"), (1_000_00, 179, "Platinum"), (1_000_00, 180, "Gold"),
            (1_000_00, 400, "Silver"), (1_000_00, 2_000, "Bronze"),
            (499_99, 0, "Silver"), (500_00, 0, "Gold"), (999_99, 0, "Gold"), (1_000_00, 0, "Platinum"),
            (0, 0, "Bronze"), (-5_00, 0, "Bronze"), (0, nil, "Bronze"), (1_000_00, nil, "Platinum"),
            (1_000_00, 359, "Gold"), (1_000_00, 360, "Silver"), (1_000_00, 539, "Silver"), (1_000_00, 540, "Bronze"),
            (200_00, 179, "Silver"), (200_00, 180, "Bronze"), (1_000_00, .max, "Bronze"), (1_000_00, -1, "Platinum"),
            (Cents(rawValue: .max), 0, "Platinum"), (Cents(rawValue: .min), 0, "Bronze"),
        ] as [(Cents, Int64?, String)])
    func bySpendAndInactivity(spend: Cents, days: Int64?, name: String) {
        let tier = TierSettings.defaults.tier(spend: spend, daysSinceLastOrder: days, today: Self.today)
        #expect(tier.name == name)
    }

    @Test("without demotion, inactivity changes nothing")
    func withoutDemotion() {
        var settings = TierSettings.defaults
        settings.demotionEnabled = false
        #expect(settings.tier(spend: 1_000_00, daysSinceLastOrder: 2_000, today: Self.today).name == "Platinum")
    }

    @Test("the tenant's number of inactive days decides")
    func inactiveDays() {
        var settings = TierSettings.defaults
        settings.demotionInactiveDays = 90
        #expect(settings.tier(spend: 1_000_00, daysSinceLastOrder: 89, today: Self.today).name == "Platinum")
        #expect(settings.tier(spend: 1_000_00, daysSinceLastOrder: 90, today: Self.today).name == "Gold")
    }

    @Test("the next order brings the tier by spend back at once")
    func back() {
        let settings = TierSettings.defaults
        #expect(settings.tier(spend: 500_00, daysSinceLastOrder: 400, today: Self.today).name == "Bronze")
        #expect(settings.tier(spend: 501_00, daysSinceLastOrder: 0, today: Self.today).name == "Gold")
    }

    @Test(
        "a pin wins over spend and inactivity to the end of its date, or for good",
        arguments: [(nil, "Gold"), (0, "Gold"), (1, "Gold"), (-1, "Bronze")] as [(Int64?, String)])
    func pin(lastDayFromToday: Int64?, name: String) throws {
        let settings = TierSettings.defaults
        let gold = try #require(settings.tiers.first { $0.name == "Gold" })
        let pin = TierPin(tier: gold.id, until: lastDayFromToday.map { Self.today.advanced(by: $0) })
        #expect(settings.tier(spend: 0, daysSinceLastOrder: 2_000, pin: pin, today: Self.today).name == name)
    }

    @Test("a pin can also hold somebody down, and one to a tier that is gone holds nothing")
    func pinDown() {
        let settings = TierSettings.defaults
        let down = TierPin(tier: settings.tiers[0].id, until: nil)
        #expect(settings.tier(spend: 1_000_00, daysSinceLastOrder: 0, pin: down, today: Self.today).name == "Bronze")
        let gone = TierPin(tier: TierID(rawValue: 99), until: nil)
        #expect(settings.tier(spend: 1_000_00, daysSinceLastOrder: 0, pin: gone, today: Self.today).name == "Platinum")
    }

    @Test(
        "a tier rises with spend, falls with idle days, and a recalculation changes nothing",
        arguments: SeededRandom.seeds)
    func monotone(seed: UInt64) throws {
        var random = SeededRandom(seed)
        for _ in 0..<300 {
            let settings = TierSettings.random(using: &random)
            let copy = try JSONDecoder().decode(TierSettings.self, from: JSONEncoder().encode(settings))
            for _ in 0..<20 {
                let spend = Cents(rawValue: random.number(in: -100...3_000_00))
                let more = Cents(rawValue: spend.rawValue + random.number(in: 0...500_00))
                let days = random.number(in: 0...1_500)
                let later = days + random.number(in: 0...400)
                let index = try settings.index(spend, days)
                #expect(try settings.index(more, days) >= index, "\(spend) \(more) \(days) \(settings)")
                #expect(try settings.index(spend, later) <= index, "\(spend) \(days) \(later) \(settings)")
                #expect(try copy.index(spend, days) == index)
                #expect(settings.tiers[try settings.index(spend, 0)].threshold <= max(spend, .zero))
            }
        }
    }

    @Test(
        "what is missing to the next tier is told to the cent",
        arguments: [
            (0, "Silver", 200_00), (-5_00, "Silver", 200_00), (199_99, "Silver", 1), (200_00, "Gold", 300_00),
            (999_99, "Platinum", 1), (1_000_00, nil, nil), (Cents(rawValue: .max), nil, nil),
            (Cents(rawValue: .min), "Silver", 200_00),
        ] as [(Cents, String?, Cents?)])
    func next(spend: Cents, name: String?, remaining: Cents?) {
        let next = TierSettings.defaults.next(after: spend)
        #expect(next?.tier.name == name)
        #expect(next?.remaining == remaining)
    }

    @Test(
        "a multiplier over one is the first benefit, from the number that computes",
        arguments: [
            (1_000, ["Free pen"]), (1_250, ["1.25x points", "Free pen"]), (2_000, ["2x points", "Free pen"]),
            (1_001, ["1.001x points", "Free pen"]), (10_000, ["10x points", "Free pen"]),
        ] as [(Thousandths, [String])])
    func benefits(multiplier: Thousandths, shown: [String]) {
        var tier = TierSettings.defaults.tiers[0]
        tier.earnMultiplier = multiplier
        tier.benefits = ["Free pen"]
        #expect(tier.shownBenefits == shown)
    }

    @Test(
        "twelve months begin on the local day after the same date last year",
        arguments: [
            ("2026-01-02", "2025-01-03"), ("2024-02-29", "2023-03-01"), ("2025-02-28", "2024-02-29"),
            ("2025-03-01", "2024-03-02"), ("2025-12-31", "2025-01-01"),
        ])
    func twelveMonths(today: String, firstDay: String) throws {
        let today = try #require(Day(parsing: today))
        #expect(QualifyingWindow.twelveMonths.firstDay(asOf: today)?.description == firstDay)
        #expect(QualifyingWindow.lifetime.firstDay(asOf: today) == nil)
    }

    @Test("tiers are put in order of threshold")
    func order() {
        let settings = TierSettings(tiers: TierSettings.defaults.tiers.reversed())
        #expect(settings == .defaults)
    }
}

extension TierSettings {
    fileprivate func index(_ spend: Cents, _ days: Int64) throws -> Int {
        let held = tier(spend: spend, daysSinceLastOrder: days, today: Day(daysSince1970: 0))
        return try #require(tiers.firstIndex(of: held))
    }

    fileprivate static func random(using random: inout SeededRandom) -> TierSettings {
        var thresholds: Set<Int64> = [0]
        for _ in 0..<random.number(in: 0...7) { thresholds.insert(random.number(in: 1...2_500_00)) }
        let tiers = thresholds.enumerated().map { index, threshold in
            Tier(
                id: TierID(rawValue: UInt128(index)), name: "Tier \(index)", threshold: Cents(rawValue: threshold),
                color: "#000000", earnMultiplier: .one, benefits: [])
        }
        return TierSettings(tiers: tiers, demotionInactiveDays: random.number(in: 1...365))
    }
}
