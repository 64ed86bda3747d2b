import Foundation
import Testing

@testable import LoyaltyRules

struct IdentityTests {
    /// From the valid examples of the TypeID specification, and the example of RFC 9562, appendix A.6.
    @Test(
        "an id has the public form that the TypeID specification gives it",
        arguments: [
            (0, "sample_00000000000000000000000000"),
            (1, "sample_00000000000000000000000001"),
            (10, "sample_0000000000000000000000000a"),
            (16, "sample_0000000000000000000000000g"),
            (32, "sample_00000000000000000000000010"),
            (.max, "sample_7zzzzzzzzzzzzzzzzzzzzzzzzz"),
            (0x0110_c853_1d09_52d8_d73e_1194_e95b_5f19, "sample_0123456789abcdefghjkmnpqrs"),
            (0x0189_0a5d_ac96_774b_bcce_b302_099a_8057, "sample_01h455vb4pex5vsknk084sn02q"),
        ] as [(UInt128, String)])
    func vector(value: UInt128, text: String) {
        #expect(ID<Sample>(rawValue: value).description == text)
        #expect(ID<Sample>(text)?.rawValue == value)
    }

    @Test(
        "what is not the public form of this kind of id is refused",
        arguments: [
            "", "sample", "sample_", "01h455vb4pex5vsknk084sn02q", "_01h455vb4pex5vsknk084sn02q",
            "cus_01h455vb4pex5vsknk084sn02q", "Sample_01h455vb4pex5vsknk084sn02q", "sample-01h455vb4pex5vsknk084sn02q",
            "sample_01H455VB4PEX5VSKNK084SN02Q", "sample_1234567890123456789012345",
            "sample_123456789012345678901234567",
            "sample_8zzzzzzzzzzzzzzzzzzzzzzzzz", "sample_ooooooiiiiiiuuuuuuulllllll",
            "sample_i23456789ol23456789oi23456",
            "sample_123456789-123456789-123456", "sample_01h455vb4pex5vsknk084sn02 ",
            " sample_01h455vb4pex5vsknk084sn02q",
            "sample_01h455vb4pex5vsknk084sn0２", "sample_0000000000000000000000000é",
        ])
    func refused(text: String) { #expect(ID<Sample>(text) == nil) }

    @Test(
        "an id keeps its value through text, bytes and JSON, and sorts as its text does", arguments: SeededRandom.seeds)
    func roundTrip(seed: UInt64) throws {
        var random = SeededRandom(seed)
        var ids: [CustomerID] = []
        for _ in 0..<1_000 {
            let id = CustomerID(rawValue: UInt128(random.next()) << 64 | UInt128(random.next()))
            #expect(CustomerID(id.description) == id)
            #expect(CustomerID(bytes: id.bytes) == id)
            #expect(id.bytes.count == 16)
            ids.append(id)
        }
        #expect(try JSONDecoder().decode([CustomerID].self, from: JSONEncoder().encode(ids)) == ids)
        #expect(ids.sorted().map(\.description) == ids.map(\.description).sorted())
    }

    @Test("an id is made of time and chance as RFC 9562 says")
    func version7() {
        let random = UInt128(0xCC3) << 62 | 0x18C4_DC0C_0C07_398F
        let id = OrderID(millisecondsSince1970: 0x017F_22E2_79B0, random: random)
        #expect(id.rawValue == 0x017F_22E2_79B0_7CC3_98C4_DC0C_0C07_398F)
    }

    @Test("version and variant stand whatever the time and the random bits, and a later id sorts later")
    func fixedBits() {
        let least = OrderID(millisecondsSince1970: 5, random: 0)
        let most = OrderID(millisecondsSince1970: 5, random: .max)
        for id in [least, most, OrderID(millisecondsSince1970: .max, random: .max)] {
            #expect(id.bytes[6] >> 4 == 7)
            #expect(id.bytes[8] >> 6 == 0b10)
        }
        #expect(least < most)
        #expect(most < OrderID(millisecondsSince1970: 6, random: 0))
    }

    @Test("bytes of another length are refused", arguments: [0, 15, 17])
    func bytes(count: Int) { #expect(RunID(bytes: Array(repeating: 0, count: count)) == nil) }

    @Test("JSON with an id of another kind is refused")
    func foreignJSON() throws {
        let json = try JSONEncoder().encode([CustomerID(rawValue: 1)])
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([OrderID].self, from: json) }
    }

    @Test("the prefixes are those of contract.md, and no two are the same")
    func prefixes() {
        let prefixes = [
            CustomerEntity.idPrefix, OrderEntity.idPrefix, RedemptionEntity.idPrefix, EntryEntity.idPrefix,
            RunEntity.idPrefix, UserEntity.idPrefix, TierEntity.idPrefix, RewardEntity.idPrefix, ProgramEntity.idPrefix,
        ]
        #expect(prefixes.prefix(5) == ["cus", "ord", "red", "ent", "run"])
        #expect(Set(prefixes).count == prefixes.count)
    }
}

private enum Sample: Entity { static let idPrefix = "sample" }
