/// The key of a shop's Alpine IQ account and the account's number. Never printed.
public struct AlpineCredentials: Codable, Equatable, Sendable {
    /// The key, as shown in Settings > API & Tracking.
    public var apiKey: String
    /// The account's number, shown beside it.
    public var uid: String

    /// Makes credentials.
    public init(apiKey: String, uid: String) {
        self.apiKey = apiKey
        self.uid = uid
    }
}

extension AlpineCredentials: CustomStringConvertible, CustomReflectable {
    public var description: String { "AlpineCredentials" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
