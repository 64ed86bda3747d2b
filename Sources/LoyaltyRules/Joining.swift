/// A way to write to a customer, each with a consent of its own. rules.md, "Campaigns".
public enum ConsentChannel: String, Codable, CaseIterable, Sendable {
    case sms
    case email
}

/// What a customer tells others, who name them by it when they join. rules.md, "Campaigns", Referral.
public struct ReferralCode: Hashable, Sendable, CustomStringConvertible {
    /// Ten digits and capital letters, without I, L, O and U.
    public let text: String
    public var description: String { text }

    /// Reads a code as people type it: in any case, with blanks and hyphens, O for 0 and I or L for 1. Nil for what
    /// cannot be one.
    public init?(_ typed: String) {
        guard typed.utf8.count <= 40 else { return nil }
        var letters: [UInt8] = []
        for byte in typed.uppercased().utf8 {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "-"): continue
            case UInt8(ascii: "O"): letters.append(UInt8(ascii: "0"))
            case UInt8(ascii: "I"), UInt8(ascii: "L"): letters.append(UInt8(ascii: "1"))
            case UInt8(ascii: "U"): return nil
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"): letters.append(byte)
            default: return nil
            }
        }
        guard letters.count == 10 else { return nil }
        text = String(decoding: letters, as: UTF8.self)
    }
}
