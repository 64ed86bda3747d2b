import LoyaltyRules
import Testing

struct JoiningTests {
    @Test(
        "a referral code is read as people type it",
        arguments: [
            ("7K2M9QXB4T", "7K2M9QXB4T"), ("7k2m-9qxb-4t", "7K2M9QXB4T"), (" 7K2M 9QXB 4T ", "7K2M9QXB4T"),
            ("OIL2M9QXB4", "0112M9QXB4"), ("", nil), ("7K2M9QXB4", nil), ("7K2M9QXB4TT", nil), ("7K2M9QXB4U", nil),
            ("7K2M9QXB4é", nil), ("7K2M_9QXB4", nil), (String(repeating: "-", count: 50), nil),
        ] as [(String, String?)])
    func code(typed: String, text: String?) { #expect(ReferralCode(typed)?.text == text) }
}
