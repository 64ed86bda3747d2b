/// The paths that links and redirects use; `Routes.swift` has the table.
public enum Path {
    /// The sign-in page.
    public static let login = "/login"
    /// Ends the session.
    public static let logout = "/logout"
    /// Today.
    public static let today = "/dashboard/loyalty"
    /// Asks for a sync.
    public static let syncNow = "/dashboard/loyalty/sync"
    /// The settings, whose tabs are below it.
    public static let settings = "/dashboard/settings/loyalty"
    /// The sync runs, and what they listed to decide.
    public static let sync = "/dashboard/sync"
    /// The list of customers, whose pages are below it.
    public static let customers = "/dashboard/customers"
    /// Differences to Alpine IQ, whose pages are below it.
    public static let reconciliation = "/dashboard/reconciliation"
    /// The API, for people who write programs.
    public static let apiDocs = "/docs/api"
    /// The report of redemptions.
    public static let redemptions = "/dashboard/redemptions"
    /// Makes somebody a member.
    public static let tillJoin = "/till/join"
    /// The till.
    public static let till = "/till"
    /// Uses points.
    public static let tillRedeem = "/till/redeem"
    /// Gives them back.
    public static let tillUndo = "/till/undo"

    /// Whether `text` is a path of this site, so that a redirect to it leads nowhere else: browsers take `//host` and
    /// `/\host` for another site.
    static func isOwn(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.first == UInt8(ascii: "/"), bytes.count <= 2_000 else { return false }
        guard !bytes.starts(with: "//".utf8) else { return false }
        return bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }
    }
}
