import Secrets
import Testing

struct DigestTests {
    @Test(
        "SHA-256 gives the digests of FIPS 180-4",
        arguments: [
            ("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            ("a", 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
        ])
    func sha256(part: String, count: Int, digest: String) {
        #expect(SHA256.hex(Array(String(repeating: part, count: count).utf8)) == digest)
    }

    @Test(
        "HMAC-SHA-256 gives the codes of RFC 4231",
        arguments: [
            (
                [UInt8](repeating: 0x0b, count: 20), Array("Hi There".utf8),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
            ),
            (
                Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            ),
            (
                [UInt8](repeating: 0xaa, count: 20), [UInt8](repeating: 0xdd, count: 50),
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
            ),
            (
                [UInt8](repeating: 0xaa, count: 131),
                Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
            ),
        ])
    func hmac(key: [UInt8], message: [UInt8], code: String) {
        #expect(HMACSHA256.hex(message, key: key) == code)
        #expect(HMACSHA256.isValid(hex: code.uppercased(), for: message, key: key))
        #expect(!HMACSHA256.isValid(hex: code, for: message + [0], key: key))
        for wrong in ["", String(code.dropLast(2)), code + "00", "x" + code.dropFirst()] {
            #expect(!HMACSHA256.isValid(hex: wrong, for: message, key: key))
        }
    }

    @Test("secrets are compared whole, and unequal lengths are unequal")
    func comparison() {
        #expect(isEqualInConstantTime([], []))
        #expect(isEqualInConstantTime([1, 2], [1, 2]))
        #expect(!isEqualInConstantTime([1, 2], [1, 3]))
        #expect(!isEqualInConstantTime([1, 2], [1, 2, 0]))
        #expect(!isEqualInConstantTime([], [0]))
    }

    @Test("tokens are 43 safe characters, and never the same")
    func tokens() {
        let tokens = Set((0..<1_000).map { _ in RandomBytes.token() })
        #expect(tokens.count == 1_000)
        #expect(tokens.allSatisfy { $0.utf8.count == 43 && Base64.decode($0, .urlSafe)?.count == 32 })
        #expect(RandomBytes.bytes(0) == [])
    }
}

struct EncodingTests {
    @Test(
        "base64 is that of RFC 4648",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ])
    func base64(plain: String, encoded: String) {
        #expect(Base64.encode(Array(plain.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(plain.utf8))
        #expect(Base64.encode(Array(plain.utf8), .urlSafe) == encoded.filter { $0 != "=" })
    }

    @Test("base64url has its own two letters")
    func urlSafe() {
        #expect(Base64.encode([0xfb, 0xff]) == "+/8=")
        #expect(Base64.encode([0xfb, 0xff], .urlSafe) == "-_8")
        #expect(Base64.decode("-_8", .urlSafe) == [0xfb, 0xff])
    }

    @Test("what is not base64 is refused", arguments: ["Z", "Zg", "Zg=", "Zh==", "Zm9v\n", "Zm 9v", "Zé==", "-_8="])
    func notBase64(text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test("hexadecimal is read in either case and written in lower case")
    func hex() {
        #expect(Hex.encode([0, 0xab, 0xff]) == "00abff")
        #expect(Hex.decode("00ABff") == [0, 0xab, 0xff])
        #expect(Hex.decode("") == [])
        for wrong in ["0", "0g", " 00", "00:11", "é"] { #expect(Hex.decode(wrong) == nil) }
    }
}
