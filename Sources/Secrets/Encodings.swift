import CSodium

/// Hexadecimal. Encoding takes the same time for all bytes.
public enum Hex {
    /// Two lower-case digits for each byte.
    public static func encode(_ bytes: [UInt8]) -> String {
        Sodium.prepare()
        var buffer = [CChar](repeating: 0, count: 2 * bytes.count + 1)
        sodium_bin2hex(&buffer, buffer.count, bytes, bytes.count)
        return text(buffer)
    }

    /// The bytes of pairs of digits in either case, or `nil` for anything else.
    public static func decode(_ text: String) -> [UInt8]? {
        let digits = text.utf8.map { CChar(bitPattern: $0) }
        guard digits.count.isMultiple(of: 2) else { return nil }
        guard !digits.isEmpty else { return [] }
        var bytes = [UInt8](repeating: 0, count: digits.count / 2)
        var count = 0
        guard sodium_hex2bin(&bytes, bytes.count, digits, digits.count, nil, &count, nil) == 0, count == bytes.count
        else {
            return nil
        }
        return bytes
    }
}

/// Base64 of RFC 4648. Encoding takes the same time for all bytes.
public enum Base64 {
    /// Which alphabet.
    public enum Alphabet: Sendable {
        /// With `+`, `/` and padding.
        case standard
        /// With `-` and `_`, and without padding.
        case urlSafe

        var variant: Int32 {
            self == .standard ? sodium_base64_VARIANT_ORIGINAL : sodium_base64_VARIANT_URLSAFE_NO_PADDING
        }
    }

    /// The text of `bytes`.
    public static func encode(_ bytes: [UInt8], _ alphabet: Alphabet = .standard) -> String {
        Sodium.prepare()
        var buffer = [CChar](repeating: 0, count: sodium_base64_encoded_len(bytes.count, alphabet.variant))
        sodium_bin2base64(&buffer, buffer.count, bytes, bytes.count, alphabet.variant)
        return text(buffer)
    }

    /// The bytes of a text, or `nil` when it is not exactly what `encode` would write.
    public static func decode(_ text: String, _ alphabet: Alphabet = .standard) -> [UInt8]? {
        decode(text.utf8, alphabet)
    }

    static func decode(_ utf8: some Collection<UInt8>, _ alphabet: Alphabet = .standard) -> [UInt8]? {
        let digits = utf8.map { CChar(bitPattern: $0) }
        guard !digits.isEmpty else { return [] }
        var bytes = [UInt8](repeating: 0, count: digits.count)
        var count = 0
        let status = sodium_base642bin(
            &bytes, bytes.count, digits, digits.count, nil, &count, nil, alphabet.variant)
        guard status == 0 else { return nil }
        return Array(bytes[..<count])
    }
}

/// The text before the final zero byte.
private func text(_ buffer: [CChar]) -> String {
    String(decoding: buffer.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
}
