import CSodium

/// SHA-256.
public enum SHA256 {
    /// The 32 bytes of the digest.
    public static func digest(_ message: [UInt8]) -> [UInt8] {
        Sodium.prepare()
        var digest = [UInt8](repeating: 0, count: Int(crypto_hash_sha256_bytes()))
        crypto_hash_sha256(&digest, message, UInt64(message.count))
        return digest
    }

    /// The digest in hexadecimal, lower case.
    public static func hex(_ message: [UInt8]) -> String { Hex.encode(digest(message)) }
}

/// BLAKE2b (RFC 7693), the fastest of those at hand.
public enum BLAKE2b {
    /// The digest of 128 bits under `key`, of 16 to 64 bytes, which tells one use of digests from another.
    public static func digest128(_ message: UnsafeBufferPointer<UInt8>, key: [UInt8]) -> UInt128 {
        Sodium.prepare()
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 16) { digest in
            guard let start = digest.baseAddress else { return 0 }
            crypto_generichash(start, digest.count, message.baseAddress, UInt64(message.count), key, key.count)
            return digest.reduce(0) { $0 << 8 | UInt128($1) }
        }
    }
}

/// HMAC-SHA-256 with a key of any length.
public enum HMACSHA256 {
    /// The 32 bytes of the code.
    public static func code(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        Sodium.prepare()
        var state = crypto_auth_hmacsha256_state()
        var code = [UInt8](repeating: 0, count: Int(crypto_auth_hmacsha256_bytes()))
        crypto_auth_hmacsha256_init(&state, key, key.count)
        crypto_auth_hmacsha256_update(&state, message, UInt64(message.count))
        crypto_auth_hmacsha256_final(&state, &code)
        return code
    }

    /// The code in hexadecimal, lower case.
    public static func hex(_ message: [UInt8], key: [UInt8]) -> String { Hex.encode(code(message, key: key)) }

    /// Whether `hex`, in either case, is the message's code.
    public static func isValid(hex: String, for message: [UInt8], key: [UInt8]) -> Bool {
        guard let given = Hex.decode(hex) else { return false }
        return isEqualInConstantTime(given, code(message, key: key))
    }
}

/// Compares without telling by its time where two secrets differ; only that their lengths do.
public func isEqualInConstantTime(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    Sodium.prepare()
    guard left.count == right.count else { return false }
    return sodium_memcmp(left, right, left.count) == 0
}

/// Randomness that nobody can guess.
public enum RandomBytes {
    /// `count` bytes.
    public static func bytes(_ count: Int) -> [UInt8] {
        Sodium.prepare()
        var bytes = [UInt8](repeating: 0, count: count)
        randombytes_buf(&bytes, count)
        return bytes
    }

    /// A token of 32 bytes in base64url: 43 characters, safe in an address, a cookie and a header.
    public static func token() -> String { Base64.encode(bytes(32), .urlSafe) }
}
