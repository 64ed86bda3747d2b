import Secrets

/// What the database keeps instead of a token.
func tokenHash(_ token: String) -> [UInt8] { SHA256.digest(Array(token.utf8)) }

/// Whether two texts are the same, in a time that does not tell where they differ.
func isSameSecret(_ one: String, _ other: String) -> Bool {
    isEqualInConstantTime(Array(one.utf8), Array(other.utf8))
}

/// Whether `text` is one of `secrets`; all are compared.
func isOne(of secrets: [String], _ text: String) -> Bool {
    secrets.reduce(false) { isFound, secret in isSameSecret(secret, text) || isFound }
}
