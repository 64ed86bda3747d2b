/// What a shop signs in to Alleaves with. Never printed.
public struct AlleavesCredentials: Codable, Equatable, Sendable {
    /// The user's name, usually an e-mail address.
    public var username: String
    /// The password.
    public var password: String
    /// The till's PIN, where the account has one.
    public var pin: String?

    /// Makes credentials.
    public init(username: String, password: String, pin: String? = nil) {
        self.username = username
        self.password = password
        self.pin = pin
    }
}

extension AlleavesCredentials: CustomStringConvertible, CustomReflectable {
    public var description: String { "AlleavesCredentials" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
