/// What stands around every page: shop, navigation, person, notices. Its properties are names that templates use.
public struct Chrome: Sendable {
    /// The shop whose data the page shows; the product's name when nobody is signed in.
    public var shopName: String
    /// Shops to change to; empty when there is only one.
    public var shops: [Shop] = [] {
        didSet { hasShops = shops.count > 1 }
    }
    private(set) var hasShops = false
    /// The slug that forms carry as `org` and links as `?org=`; nil when nobody is signed in.
    public var org: String?
    /// Who is signed in; nil on the sign-in page and on errors before it.
    public var person: Person?
    /// What every form carries as `csrf`.
    public var csrf: String
    /// Whether the top of the page searches for customers; the till has a search of its own.
    public var findsCustomers = false
    /// The pages this role may open.
    public var navigation: [NavigationItem] = []
    /// What happened and what to do.
    public var notices: [Notice] = []
    /// The request's id, printed as `Reference …` on error pages.
    public var reference: String
    /// Seconds after which the page loads itself again, while something runs; nil for never.
    public var refreshSeconds: Int?

    /// Chrome for a page before signing in; set the other properties for a page after it.
    public init(shopName: String, csrf: String, reference: String) {
        self.shopName = shopName
        self.csrf = csrf
        self.reference = reference
    }

    /// A shop in the switcher.
    public struct Shop: Sendable {
        let shopOrg: String
        let shopLabel: String
        let isCurrent: Bool

        /// A shop by its slug.
        public init(org: String, name: String, isCurrent: Bool) {
            shopOrg = org
            shopLabel = name
            self.isCurrent = isCurrent
        }
    }

    /// Somebody signed in.
    public struct Person: Sendable {
        let personName: String
        let personRole: String

        /// A name or an address, and the role in words: `Manager`.
        public init(name: String, role: String) {
            personName = name
            personRole = role
        }
    }

    /// A line of the navigation.
    public struct NavigationItem: Sendable {
        let label: String
        let href: String
        let icon: String
        let isCurrent: Bool
        let count: String?
    }

    /// A message above the page.
    public struct Notice: Sendable, Equatable {
        let noticeText: String
        let noticeLink: Link?
        /// Read out at once and shown in danger's colours.
        let isAlert: Bool

        /// It was done: `Points settings saved.`
        public static func done(_ text: String, link: Link? = nil) -> Notice {
            Notice(noticeText: text, noticeLink: link, isAlert: false)
        }

        /// It was not done, or needs somebody.
        public static func alert(_ text: String, link: Link? = nil) -> Notice {
            Notice(noticeText: text, noticeLink: link, isAlert: true)
        }
    }

    /// Where to go on.
    public struct Link: Sendable, Equatable {
        let linkLabel: String
        let linkHref: String

        /// A link in words.
        public init(_ label: String, to href: String) {
            linkLabel = label
            linkHref = href
        }
    }
}

/// The parts of the back office, in the order of the navigation.
public enum Section: String, Sendable, CaseIterable {
    case today = "Today"
    case customers = "Customers"
    case till = "Till"
    case redemptions = "Redemptions"
    case campaigns = "Campaigns"
    case reconciliation = "Reconciliation"
    case sync = "Sync"
    case settings = "Settings"
    case integrations = "Integrations"
    case users = "Users"
    case audit = "Audit"

    /// Its first page.
    public var path: String {
        switch self {
        case .today: "/dashboard/loyalty"
        case .till: "/till"
        case .settings: "/dashboard/settings/loyalty/points"
        default: "/dashboard/" + rawValue.lowercased()
        }
    }

    /// The navigation for a role that may open `sections`.
    ///
    /// - Parameters:
    ///   - counts: what waits in a part; zero is not shown.
    ///   - org: the slug for those who have several shops, so that a link stays in the shop.
    public static func navigation(
        _ sections: [Section], current: Section?, counts: [Section: Int] = [:], org: String? = nil
    ) -> [Chrome.NavigationItem] {
        sections.map { section in
            let waiting = counts[section] ?? 0
            return Chrome.NavigationItem(
                label: section.rawValue, href: section.path + (org.map { "?org=" + $0 } ?? ""),
                icon: section.rawValue.lowercased(), isCurrent: section == current,
                count: waiting > 0 ? String(waiting) : nil)
        }
    }
}

/// The Content-Security-Policy of our pages.
public enum ContentPolicy {
    /// Pages after and before signing in. Frames of our own are allowed, for the settings page shows the bar in one.
    public static let page =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        + "frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
}
