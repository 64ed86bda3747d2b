import Secrets
import Testing

struct PasswordHashTests {
    @Test(
        "a password matches its own hash only, whatever its letters", arguments: ["correct horse battery", "pä\0ss 😀"])
    func matches(password: String) throws {
        let hash = try PasswordHash(of: password)
        #expect(hash.text.hasPrefix("$argon2id$v=19$m=65536,t=2,p=1$"))
        #expect(!hash.needsRehash)
        let stored = PasswordHash(stored: hash.text)
        #expect(stored.matches(password))
        #expect(!stored.matches(password + " "))
        #expect(!stored.matches(""))
        #expect(try PasswordHash(of: password) != hash)
    }

    @Test("hashes of other programs and other parameters are read, and are due for a new one")
    func published() {
        // From the reference implementation's src/test.c (P-H-C/phc-winner-argon2).
        let other = PasswordHash(
            stored: "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4")
        #expect(other.matches("password"))
        #expect(!other.matches("Password"))
        #expect(other.needsRehash)
    }

    @Test(
        "what is no hash matches nothing",
        arguments: ["", "password", "$argon2id$", String(repeating: "$", count: 500)])
    func malformed(text: String) {
        #expect(!PasswordHash(stored: text).matches(text))
        #expect(PasswordHash(stored: text).needsRehash)
    }

    @Test("nobody's password never matches, and a huge one is not even hashed")
    func nobody() throws {
        #expect(!PasswordHash.matchesNobody("password"))
        #expect(!(try PasswordHash(of: "x")).matches(String(repeating: "x", count: 1_000_000)))
    }

    @Test("more hashes than may be made at once are all made")
    func many() async throws {
        let made = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<8 { group.addTask { try PasswordHash(of: "p\(number)").matches("p\(number)") } }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(made == 8)
    }
}
