import FastCGI
import Foundation
import HTTPTypes
import LoyaltyRules
import LoyaltyStore

extension Site {
    /// `POST /api/loyalty/sync`: queues a run of the tenant, or has one customer brought up to date.
    func requestSync(_ visit: SyncVisit) throws -> Response {
        let asked = try SyncRequest(body: visit.request.body)
        let tenant = try visit.tenant(named: asked.orgId)
        let data = store.tenant(tenant.id)
        guard try !data.integrations().isEmpty else {
            throw Refusal(.notConfigured, "Neither Alleaves nor Alpine IQ is connected to this organization.")
        }
        if let customer = asked.customerId { return try syncCustomer(customer, tenant, visit) }
        let run = try data.requestSync(forced: asked.force, trigger: visit.trigger)
        try data.append(visit.audit("sync.request", subject: "\(run.id)"))
        let ended = try shared.waitPlaces.withPlace { try wait(for: run.id, in: data, seconds: asked.wait) } ?? run
        return try json(
            RunAnswer(ended, org: tenant.slug), status: ended.state.isFinished ? .ok : .accepted)
    }

    /// A run of one customer is a priority job of the worker; what is stored is the answer when it takes too long.
    private func syncCustomer(_ posID: String, _ tenant: Tenant, _ visit: SyncVisit) throws -> Response {
        let data = store.tenant(tenant.id)
        guard let customer = try data.customers(.alleaves, outsideIDs: [posID])[posID] else {
            throw Refusal(.notFound, "There is no customer with this POS id. A new one is known after the next sync.")
        }
        let run = try data.requestCustomerSync(posCustomerID: posID, trigger: visit.trigger)
        let ended = try wait(for: run.id, in: data, seconds: 10)
        guard let detail = try data.customer(customer) else { throw Refusal(.notFound, "There is no such customer.") }
        let settings = try shared.settings.settings(of: tenant, in: store)
        return try json(
            CustomerSyncAnswer(
                detail, posID: posID, org: tenant.slug, settings: settings, stale: ended.state != .succeeded))
    }

    /// `GET /api/loyalty/sync`: the counts, or how one customer compares.
    func showSyncStats(_ visit: SyncVisit) throws -> Response {
        guard let org = try visit.request.query.single("orgId"), !org.isEmpty else {
            throw Refusal(.invalidRequest, "orgId is missing.")
        }
        let tenant = try visit.tenant(named: org)
        let data = store.tenant(tenant.id)
        guard let posID = try visit.request.query.single("customerId") else {
            return try json(StatsAnswer(effectiveOrgId: tenant.slug, stats: .init(data.syncStats())))
        }
        guard let customer = try data.customers(.alleaves, outsideIDs: [posID])[posID],
            let detail = try data.customer(customer)
        else { throw Refusal(.notFound, "There is no customer with this POS id.") }
        return try json(
            ReportAnswer(detail, posID: posID, org: tenant.slug, needsReview: data.needsReview(customer)))
    }

    /// `GET /api/loyalty/sync/runs/{run}`.
    func showRun(_ visit: SyncVisit) throws -> Response {
        let missing = Refusal(.notFound, "There is no such run.")
        guard let id = RunID(visit.parameter("run")), let owner = try store.tenant(ofRun: id) else { throw missing }
        let tenant: Tenant
        do {
            tenant = try visit.tenant(named: owner.slug)
        } catch let refusal as Refusal where refusal.code == .notFound {
            throw missing
        }
        guard let run = try store.tenant(tenant.id).run(id) else { throw missing }
        return try json(RunAnswer(run, org: tenant.slug, withProgress: true))
    }

    /// `/api/cron/loyalty-sync`: a run of every tenant that has an integration.
    func cronSync(_ call: Call) throws -> Response {
        try checkCronIsOn()
        let runs = try store.tenantsWithIntegration().map { id in
            CronAnswer.Run(
                orgId: try store.slug(of: id), runId: try store.tenant(id).requestSync(forced: false, trigger: .cron).id
            )
        }
        return try json(CronAnswer(runs: runs), status: .accepted)
    }

    /// `/api/cron/nightly`: the nightly run of every tenant whose 03:00 has passed since the last.
    func cronNightly(_ call: Call) throws -> Response {
        try checkCronIsOn()
        let now = Instant.now()
        var runs: [CronAnswer.Run] = []
        for tenant in try store.tenants() {
            let settings = try shared.settings.settings(of: tenant, in: store)
            guard let day = settings.business.calendar.nightlyDay(at: now),
                let run = try store.tenant(tenant.id).requestNightly(of: day, trigger: .cron)
            else { continue }
            runs.append(.init(orgId: tenant.slug, runId: run.id))
        }
        return try json(CronAnswer(runs: runs), status: .accepted)
    }

    private func checkCronIsOn() throws {
        guard shared.configuration.isCronEnabled else { throw Refusal(.switchedOff, "cron is switched off") }
    }

    private func wait(for id: RunID, in data: TenantStore, seconds: Int) throws -> RunSummary {
        let end = ContinuousClock.now + .seconds(seconds)
        while true {
            guard let run = try data.run(id) else { throw Refusal(.notFound, "The run is gone.") }
            if run.state.isFinished || ContinuousClock.now >= end || shared.stopping.isSet { return run }
            shared.places.whileWaiting { Thread.sleep(forTimeInterval: 0.05) }
        }
    }

    /// A JSON answer with its keys in a fixed order.
    func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return .json(Array(try encoder.encode(value)), status: status)
    }
}

/// The body of `POST /api/loyalty/sync`.
struct SyncRequest {
    let orgId: String
    let customerId: String?
    let force: Bool
    let wait: Int

    private struct Body: Decodable {
        let orgId: String
        let customerId: String?
        let force: Bool?
        let wait: Int?
    }

    init(body: [UInt8]) throws {
        let parsed: Body
        do {
            parsed = try JSONDecoder().decode(Body.self, from: Data(body))
        } catch {
            throw Refusal(
                .invalidRequest,
                "Send a JSON object with orgId, and, if wanted, customerId (texts), force (true or false), wait (0 to 55)."
            )
        }
        guard !parsed.orgId.isEmpty, parsed.orgId.utf8.count <= 64 else {
            throw Refusal(.invalidRequest, "orgId must be a text of 1 to 64 characters.")
        }
        if let customer = parsed.customerId, !(1...64).contains(customer.utf8.count) {
            throw Refusal(.invalidRequest, "customerId must be a text of 1 to 64 characters.")
        }
        guard (0...55).contains(parsed.wait ?? 0) else {
            throw Refusal(.invalidRequest, "wait must be a whole number of seconds from 0 to 55.")
        }
        orgId = parsed.orgId
        customerId = parsed.customerId
        force = parsed.force ?? false
        wait = parsed.wait ?? 0
    }
}

extension SyncVisit {
    fileprivate var trigger: RunTrigger {
        switch caller {
        case .cron: .cron
        case .key: .api
        case .session: .user
        }
    }

    fileprivate func audit(_ action: String, subject: String) -> AuditRecord {
        let user: UserID? = if case .session(let session) = caller { session.user } else { nil }
        return AuditRecord(
            user: user, actor: actor, action: action, subject: subject, detail: "", requestID: request.id,
            address: request.remoteAddress)
    }
}
