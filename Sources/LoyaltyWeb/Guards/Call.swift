public import FastCGI
import HTTPTypes
public import LoyaltyStore

/// A request to a route, with what the path said: what open routes and cron get.
public struct Call: Sendable {
    /// The request.
    public let request: Request
    let parameters: [String: String]

    /// What stands in the path where the route has `{name}`.
    public func parameter(_ name: String) -> String {
        guard let value = parameters[name] else { preconditionFailure("the route has no {\(name)}") }
        return value
    }
}

/// A call with an API key: contract.md, "API v1".
public struct KeyVisit {
    /// The call.
    public let call: Call
    /// The key.
    public let key: ApiKey
    /// The key's tenant's data.
    public let store: TenantStore

    /// The request.
    public var request: Request { call.request }
    /// As `Call.parameter`.
    public func parameter(_ name: String) -> String { call.parameter(name) }
}

/// A call of the sync API, which takes three kinds of callers.
public struct SyncVisit {
    /// Who calls.
    public enum Caller {
        /// With the cron secret: all tenants.
        case cron
        /// With a key of the scope `sync`: its tenant.
        case key(ApiKey)
        /// From a signed-in browser: the tenants where the role may run a sync.
        case session(Session)
    }

    /// The call.
    public let call: Call
    /// Who calls.
    public let caller: Caller
    /// The database.
    public let store: Store

    /// The request.
    public var request: Request { call.request }
    /// As `Call.parameter`.
    public func parameter(_ name: String) -> String { call.parameter(name) }

    /// The caller for the audit log.
    public var actor: String {
        switch caller {
        case .cron: "cron"
        case .key(let key): "api key \(key.id)"
        case .session(let session): session.email
        }
    }

    /// The tenant called `org`, if the caller may see it.
    ///
    /// - Throws: `Refusal.notFound` for an unknown one and for one of others alike; `.forbidden` when the role at it
    ///   may not do this.
    public func tenant(named org: String) throws -> Tenant {
        guard let tenant = try store.tenant(named: org) else { throw Self.unknown }
        switch caller {
        case .cron: return tenant
        case .key(let key):
            guard key.tenant == tenant.id else { throw Self.unknown }
            return tenant
        case .session(let session):
            guard let role = session.role(at: tenant) else { throw Self.unknown }
            let needed: Permission = request.method == .post ? .runSync : .readSync
            guard role.may(needed) else { throw Refusal(.forbidden, "Your role does not include this.") }
            return tenant
        }
    }

    private static let unknown = Refusal(.notFound, "There is no such organization.")
}

extension Session {
    /// The role at `tenant`; nil for none.
    public func role(at tenant: Tenant) -> Role? {
        isSuper ? .superUser : memberships.first { $0.tenant.id == tenant.id }?.role
    }
}
