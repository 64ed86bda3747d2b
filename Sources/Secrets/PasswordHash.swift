import CSodium
import Dispatch

/// A password as it is stored: Argon2id, two passes over 64 MiB, about 60 ms.
public struct PasswordHash: Sendable, Hashable {
    /// The system had not enough memory for hashing.
    public struct OutOfMemory: Error, Sendable {}

    /// The hash with its parameters and salt, as `$argon2id$…`.
    public let text: String

    /// Longer ones are refused unread; people's passwords end at 128 characters.
    private static let passwordBytesMax = 4_096
    private static let passes = UInt64(2)
    private static let memoryBytes = 64 * 1_024 * 1_024
    /// Each takes 64 MiB: more at once and sign-ins could use up the machine's memory.
    private static let atOnce = DispatchSemaphore(value: 4)
    private static let nobody: PasswordHash? = {
        do { return try PasswordHash(of: RandomBytes.token()) } catch { return nil }
    }()

    /// A hash that was stored.
    public init(stored text: String) { self.text = text }

    /// A new hash of `password` with a salt of its own. Waits while four others are being made.
    public init(of password: String) throws(OutOfMemory) {
        Sodium.prepare()
        precondition(password.utf8.count <= Self.passwordBytesMax, "the caller bounds a new password")
        var buffer = [CChar](repeating: 0, count: Int(crypto_pwhash_strbytes()))
        let bytes = password.utf8.map { CChar(bitPattern: $0) }
        Self.atOnce.wait()
        defer { Self.atOnce.signal() }
        let status = crypto_pwhash_str_alg(
            &buffer, bytes, UInt64(bytes.count), Self.passes, Self.memoryBytes, crypto_pwhash_alg_argon2id13())
        guard status == 0 else { throw OutOfMemory() }
        text = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Whether the hash was made of `password`. Waits while four others are being checked.
    public func matches(_ password: String) -> Bool {
        Sodium.prepare()
        let bytes = password.utf8.map { CChar(bitPattern: $0) }
        guard bytes.count <= Self.passwordBytesMax, text.utf8.count < Int(crypto_pwhash_strbytes()) else {
            return false
        }
        Self.atOnce.wait()
        defer { Self.atOnce.signal() }
        return crypto_pwhash_str_verify(text, bytes, UInt64(bytes.count)) == 0
    }

    /// Takes as long as `matches`, for a user who does not exist: the time must not tell that. Always false.
    public static func matchesNobody(_ password: String) -> Bool {
        _ = nobody?.matches(password)
        return false
    }

    /// Whether it was made with other parameters than today's, so that the next sign-in should store a new one.
    public var needsRehash: Bool {
        Sodium.prepare()
        return crypto_pwhash_str_needs_rehash(text, Self.passes, Self.memoryBytes) != 0
    }
}

extension PasswordHash: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Not the hash: it belongs in no log.
    public var description: String { "PasswordHash" }
    /// Not the hash: it belongs in no log.
    public var debugDescription: String { description }
    /// Not the hash: it belongs in no log.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
