import CSodium

/// Encrypts secrets for the database with XChaCha20-Poly1305. A sealed text is `v1|key_id|nonce|ciphertext`, the last
/// two in base64; it opens only with the context it was sealed for, such as tenant, table, column and row, so that
/// a text copied to another row is worthless.
public struct Sealer: Sendable {
    /// Why a key file or a sealed text is refused. Neither is quoted.
    public enum Problem: Error, Sendable, Equatable {
        /// There is not one key.
        case noKeys
        /// Line `line`, counted from 1, is not `id:base64` of 32 bytes, or repeats an id.
        case malformedKey(line: Int)
        /// The text is not of the form above.
        case malformedText
        /// The text was sealed with a key that is not here.
        case unknownKey(id: String)
        /// The text was changed, or belongs to another context.
        case notAuthentic
    }

    private struct Key {
        let id: String
        let bytes: [UInt8]
    }

    private let keys: [Key]

    /// Reads keys as lines `id:base64` of 32 bytes; empty lines and `#` comments are skipped. The first key seals,
    /// all open. An id has letters, digits, `-` and `_`.
    public init(keyLines text: String) throws(Problem) {
        var keys: [Key] = []
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let words = Self.trimmed(line)
            guard let first = words.first, first != UInt8(ascii: "#") else { continue }
            guard let key = Self.key(words), !keys.contains(where: { $0.id.utf8.elementsEqual(key.id.utf8) }) else {
                throw .malformedKey(line: index + 1)
            }
            keys.append(key)
        }
        guard !keys.isEmpty else { throw .noKeys }
        self.keys = keys
    }

    /// The key line of a new random key.
    public static func newKeyLine(id: String) -> String {
        precondition(isID(id.utf8), "a key's id has letters, digits, - and _")
        return "\(id):\(Base64.encode(RandomBytes.bytes(keyBytes)))"
    }

    /// The id of the key that seals.
    public var firstKeyID: String { keys[0].id }

    /// Seals `secret` with the first key, for `context` alone.
    public func seal(_ secret: [UInt8], context: [UInt8]) -> String {
        Sodium.prepare()
        let nonce = RandomBytes.bytes(Self.nonceBytes)
        var sealed = [UInt8](repeating: 0, count: secret.count + Self.tagBytes)
        // With the sizes above this cannot fail.
        crypto_aead_xchacha20poly1305_ietf_encrypt(
            &sealed, nil, secret, UInt64(secret.count), context, UInt64(context.count), nil, nonce, keys[0].bytes)
        return "v1|\(keys[0].id)|\(Base64.encode(nonce))|\(Base64.encode(sealed))"
    }

    /// Opens what was sealed for the same context.
    public func open(_ text: String, context: [UInt8]) throws(Problem) -> [UInt8] {
        Sodium.prepare()
        let (key, nonce, sealed) = try parts(text)
        var secret = [UInt8](repeating: 0, count: sealed.count - Self.tagBytes)
        let status = crypto_aead_xchacha20poly1305_ietf_decrypt(
            &secret, nil, nil, sealed, UInt64(sealed.count), context, UInt64(context.count), nonce, key.bytes)
        guard status == 0 else { throw .notAuthentic }
        return secret
    }

    /// Whether the text was sealed with another key than the first, so that it should be sealed again.
    public func needsResealing(_ text: String) throws(Problem) -> Bool {
        try !parts(text).key.id.utf8.elementsEqual(keys[0].id.utf8)
    }

    private func parts(_ text: String) throws(Problem) -> (key: Key, nonce: [UInt8], sealed: [UInt8]) {
        let parts = text.utf8.split(separator: UInt8(ascii: "|"), omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0].elementsEqual("v1".utf8), Self.isID(parts[1]),
            let nonce = Base64.decode(parts[2]), nonce.count == Self.nonceBytes,
            let sealed = Base64.decode(parts[3]), sealed.count >= Self.tagBytes
        else { throw .malformedText }
        guard let key = keys.first(where: { $0.id.utf8.elementsEqual(parts[1]) }) else {
            throw .unknownKey(id: String(decoding: parts[1], as: UTF8.self))
        }
        return (key, nonce, sealed)
    }
}

extension Sealer {
    private static let keyBytes = Int(crypto_aead_xchacha20poly1305_ietf_keybytes())
    private static let nonceBytes = Int(crypto_aead_xchacha20poly1305_ietf_npubbytes())
    private static let tagBytes = Int(crypto_aead_xchacha20poly1305_ietf_abytes())

    private static func key(_ line: some Collection<UInt8>) -> Key? {
        let parts = line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count == 2, isID(parts[0]), let bytes = Base64.decode(parts[1]), bytes.count == keyBytes else {
            return nil
        }
        return Key(id: String(decoding: parts[0], as: UTF8.self), bytes: bytes)
    }

    private static func isID(_ bytes: some Collection<UInt8>) -> Bool {
        (1...32).contains(bytes.count)
            && bytes.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    private static func trimmed(_ line: Substring.UTF8View) -> [UInt8] {
        let kept = Array(line.drop { $0 <= UInt8(ascii: " ") })
        return Array(kept[..<(kept.lastIndex { $0 > UInt8(ascii: " ") }.map { $0 + 1 } ?? 0)])
    }
}

extension Sealer: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// How many keys, and nothing of them.
    public var description: String { "Sealer with \(keys.count) keys" }
    /// How many keys, and nothing of them.
    public var debugDescription: String { description }
    /// Nothing of the keys.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
