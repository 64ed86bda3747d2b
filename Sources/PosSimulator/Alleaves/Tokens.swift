import Foundation

/// Tokens as Alleaves gives them: base64url without padding, life in `exp`.
struct Tokens: Sendable {
    static let user = "demo@alleaves.example"
    static let password = "demo-pos-pass"
    var lifeSeconds = 86_400
    /// Tokens of an earlier generation are refused, as after a change of password.
    var generation = 1

    func issue(nowSeconds: Int64) -> String {
        let head = Tokens.encoded(#"{"alg":"HS256","typ":"JWT"}"#)
        // The odd name makes `-` and `_` appear, which plain base64 readers trip over.
        let payload = Tokens.encoded(
            #"{"id_user":1,"name":"~~~???>>>ÿÿÿ","gen":\#(generation),"exp":\#(nowSeconds + Int64(lifeSeconds))}"#)
        return "\(head).\(payload).\(Tokens.signature(payload))"
    }

    func accepts(_ authorization: String?, nowSeconds: Int64) -> Bool {
        guard let authorization, authorization.hasPrefix("Bearer ") else { return false }
        let parts = authorization.dropFirst(7).split(separator: ".")
        guard parts.count == 3, Tokens.signature(String(parts[1])) == parts[2],
            let payload = Tokens.decoded(String(parts[1])), let claims = JSON(parsing: payload)
        else { return false }
        return claims["gen"]?.integer == generation && Int64(claims["exp"]?.integer ?? 0) > nowSeconds
    }

    static func isKnown(user: String?, password: String?) -> Bool {
        user == Tokens.user && password == Tokens.password
    }

    /// User and password of a Basic header.
    static func basic(_ authorization: String?) -> (user: String, password: String)? {
        guard let authorization, authorization.hasPrefix("Basic "),
            let data = Data(base64Encoded: String(authorization.dropFirst(6)))
        else { return nil }
        let halves = String(decoding: data, as: UTF8.self).split(separator: ":", maxSplits: 1)
        return halves.count == 2 ? (String(halves[0]), String(halves[1])) : nil
    }

    private static func encoded(_ text: String) -> String {
        Data(text.utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing(
            "=", with: "")
    }

    private static func decoded(_ text: String) -> [UInt8]? {
        let plain = text.replacing("-", with: "+").replacing("_", with: "/")
        let padding = String(repeating: "=", count: (4 - plain.count % 4) % 4)
        return Data(base64Encoded: plain + padding).map { Array($0) }
    }

    private static func signature(_ payload: String) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in payload.utf8 { hash = SplitMix64.mixed(hash ^ UInt64(byte)) }
        return String(hash, radix: 36)
    }
}
