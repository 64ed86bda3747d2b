import MariaDB

/// Where a customer is known by an id that is not ours.
public enum IdentitySource: String, Sendable, CaseIterable, SQLBindable, SQLDecodable {
    /// The POS's customer id.
    case alleaves
    /// Alpine IQ's `contactID`.
    case alpine
    /// The POS's link to Alpine, `alpine_user_code`.
    case alpineCode = "alpine_code"
}
