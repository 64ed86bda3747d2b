public import FastCGI
public import LoyaltyRules
public import LoyaltyStore

/// A signed-in person's request, after all checks: who, at which tenant, with which role.
public struct Visit {
    /// The call.
    public let call: Call
    /// Who, with the CSRF token and the notice.
    public let session: Session
    /// The tenant the page is about.
    public let tenant: Tenant
    /// What the person is there.
    public let role: Role
    /// The fields of a POST, its CSRF token and `org` already checked; empty for a GET.
    public let form: FormFields
    /// The tenant's data.
    public let store: TenantStore
    /// The tenant's settings, as of this request.
    public let settings: Settings
    /// The tenants to choose from; for a super user all.
    public let memberships: [Membership]

    /// The request.
    public var request: Request { call.request }
    /// The fields after `?`.
    public var query: FormFields { request.query }
    /// Who.
    public var user: UserID { session.user }
    /// What every form carries as `csrf`.
    public var csrf: String { session.csrfToken }
    /// Whether links and forms must name the tenant.
    public var namesOrg: Bool { memberships.count > 1 || session.isSuper }
    /// As `Call.parameter`.
    public func parameter(_ name: String) -> String { call.parameter(name) }

    /// An id in the path; another kind of text is no such thing.
    public func id<Kind>(_ name: String, as kind: ID<Kind>.Type = ID<Kind>.self) throws -> ID<Kind> {
        guard let id = ID<Kind>(parameter(name)) else { throw Refusal(.notFound, "There is no such page.") }
        return id
    }

    /// `path` with the tenant named, for those who have several.
    public func link(_ path: String) -> String {
        guard namesOrg else { return path }
        return path + (path.utf8.contains(UInt8(ascii: "?")) ? "&" : "?") + "org=" + tenant.slug
    }

    /// A record for the audit log about this request.
    public func audit(_ action: String, subject: String? = nil, detail: String = "") -> AuditRecord {
        AuditRecord(
            user: user, actor: session.email, action: action, subject: subject, detail: detail,
            requestID: request.id, address: request.remoteAddress)
    }
}
