public import LoyaltyStore

/// What a route asks of a role. contract.md, "Sign-in, roles, pages".
public enum Permission: String, CaseIterable, Sendable {
    /// Find, join, redeem, void one's own of today.
    case workTill
    /// The dashboard, redemptions and their CSV.
    case readReports
    case readCustomers
    /// Adjust within the limit, notes.
    case changeCustomers
    case voidAny
    case readSettings
    case changeSettings
    case readReconciliation
    case reconcile
    case readSync
    /// Sync now, and what becomes of exceptions.
    case runSync
    case readCampaigns
    case changeCampaigns
    case readIntegrations
    case changeIntegrations
    case readUsers
    case changeUsers
    case readAudit
    case verifyEquity
    case pinTiers
    case eraseCustomers
    case exportCustomers
}

extension Role {
    /// The permission table.
    public func may(_ permission: Permission) -> Bool {
        switch self {
        case .budtender: Self.tillPermissions.contains(permission)
        case .manager: Self.managerPermissions.contains(permission)
        case .auditor: Self.auditorPermissions.contains(permission)
        case .dispensaryAdmin, .superUser: true
        }
    }

    private static let tillPermissions: Set<Permission> = [.workTill]
    private static let managerPermissions: Set<Permission> = [
        .workTill, .readReports, .readCustomers, .changeCustomers, .voidAny,
    ]
    /// Everything that only reads; contact data is masked on these pages.
    private static let auditorPermissions: Set<Permission> = [
        .readReports, .readCustomers, .readSettings, .readReconciliation, .readSync, .readCampaigns,
        .readIntegrations, .readUsers, .readAudit,
    ]

    /// Whether phones, e-mails and birth dates are masked.
    public var seesMaskedContacts: Bool { self == .auditor }

    /// On screen.
    public var label: String {
        switch self {
        case .budtender: "Budtender"
        case .manager: "Manager"
        case .dispensaryAdmin: "Admin"
        case .auditor: "Auditor"
        case .superUser: "Platform"
        }
    }

    /// The parts of the back office that this role may open, in the order of the navigation.
    var sections: [Section] { Section.allCases.filter { may($0.permission) } }

    /// Where somebody lands after signing in.
    var homePath: String { may(.readReports) ? Section.today.path : Section.till.path }
}

extension Section {
    /// What its first page asks for.
    var permission: Permission {
        switch self {
        case .today, .redemptions: .readReports
        case .customers: .readCustomers
        case .till: .workTill
        case .campaigns: .readCampaigns
        case .reconciliation: .readReconciliation
        case .sync: .readSync
        case .settings: .readSettings
        case .integrations: .readIntegrations
        case .users: .readUsers
        case .audit: .readAudit
        }
    }
}
