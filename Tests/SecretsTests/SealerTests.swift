import Secrets
import Testing

struct SealerTests {
    let context = Array("1|tenants|token|7".utf8)

    func problem<T>(_ body: () throws -> T) -> Sealer.Problem? {
        #expect(throws: Sealer.Problem.self) { _ = try body() }
    }

    @Test("the message of draft-irtf-cfrg-xchacha opens")
    func published() throws {
        let key = Array(UInt8(0x80)...0x9f)
        let nonce = Array(UInt8(0x40)...0x57)
        let sealed = try #require(
            Hex.decode(
                "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa644"
                    + "0bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e"
                    + "3f3fac2bc369488f76b2383565d3fff921f9664c97637da9768812f615c68b13b52ec0875924c1c7"
                    + "987947deafd8780acf49"))
        let sealer = try Sealer(keyLines: "k:\(Base64.encode(key))")
        let context = try #require(Hex.decode("50515253c0c1c2c3c4c5c6c7"))
        let opened = try sealer.open("v1|k|\(Base64.encode(nonce))|\(Base64.encode(sealed))", context: context)
        let words =
            "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
            + "sunscreen would be it."
        #expect(opened == Array(words.utf8))
    }

    @Test("what is sealed opens, and is never the same twice", arguments: [0, 1, 1_000])
    func roundTrip(count: Int) throws {
        let sealer = try Sealer(keyLines: Sealer.newKeyLine(id: "2026-11"))
        let secret = RandomBytes.bytes(count)
        let sealed = sealer.seal(secret, context: context)
        #expect(sealed.hasPrefix("v1|2026-11|"))
        #expect(try sealer.open(sealed, context: context) == secret)
        #expect(sealer.seal(secret, context: context) != sealed)
    }

    @Test("a text that was changed, or moved to another row, does not open")
    func forged() throws {
        let sealer = try Sealer(keyLines: Sealer.newKeyLine(id: "a"))
        let sealed = sealer.seal([1, 2, 3], context: context)
        #expect(problem { try sealer.open(sealed, context: Array("1|tenants|token|8".utf8)) } == .notAuthentic)
        var parts = sealed.split(separator: "|").map(String.init)
        var cipher = try #require(Base64.decode(parts[3]))
        cipher[0] ^= 1
        parts[3] = Base64.encode(cipher)
        #expect(problem { try sealer.open(parts.joined(separator: "|"), context: context) } == .notAuthentic)
        for wrong in ["", "v1", "v2" + sealed.dropFirst(2), sealed + "|", "v1|a||", "v1|a|AAAA|AAAA"] {
            #expect(problem { try sealer.open(wrong, context: context) } == .malformedText)
        }
    }

    @Test("the first key seals, all keys open")
    func rotation() throws {
        let (old, new) = (Sealer.newKeyLine(id: "old"), Sealer.newKeyLine(id: "new"))
        let before = try Sealer(keyLines: old)
        let during = try Sealer(keyLines: "# keys\r\n\r\n \(new)\r\n\(old)\n")
        let sealed = before.seal([7], context: context)
        #expect(try during.open(sealed, context: context) == [7])
        #expect(try during.needsResealing(sealed))
        let again = during.seal([7], context: context)
        #expect(try !during.needsResealing(again))
        #expect(problem { try before.open(again, context: context) } == .unknownKey(id: "new"))
    }

    @Test("a key file with a bad line is refused by the line's number")
    func keyLines() {
        let good = Sealer.newKeyLine(id: "a")
        #expect(problem { try Sealer(keyLines: "\n# none\n") } == .noKeys)
        for wrong in ["b", "b:", ":AAAA", "b:AAAA", "b|:\(good.dropFirst(2))", good] {
            #expect(problem { try Sealer(keyLines: "\(good)\n\(wrong)") } == .malformedKey(line: 2))
        }
    }

    @Test("no printing shows a key")
    func printing() throws {
        let line = Sealer.newKeyLine(id: "a")
        let sealer = try Sealer(keyLines: line)
        var dumped = ""
        dump(sealer, to: &dumped)
        for text in ["\(sealer)", String(reflecting: sealer), dumped] { #expect(text.utf8.count < 60) }
    }
}
