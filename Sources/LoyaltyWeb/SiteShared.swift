public import FastCGI
public import Logging
public import Secrets

/// What the web is told at start.
public struct SiteConfiguration: Sendable {
    /// One or two, so that they can be changed without a gap.
    public var cronSecrets: [String] = []
    /// One or two.
    public var metricsTokens: [String] = []
    /// Where the public reaches us, without a slash at the end.
    public var publicURL: String
    /// 32 bytes that sign what a browser keeps before it is signed in.
    public var formKey: [UInt8]
    /// Opens webhook secrets; without it webhooks are refused.
    public var sealer: Sealer?
    /// Whether demo pages exist and demo accounts may sign in.
    public var isDemoAllowed = false
    /// `LOYALTY_CRON_ENABLED`.
    public var isCronEnabled = true
    /// `LOYALTY_CAMPAIGNS_ENABLED`.
    public var isCampaignsEnabled = true
    /// Requests per second and API key; 0 is without limit.
    public var apiRate = 200
    /// The number of the newest migration that this program knows; `/readyz` asks the database for it.
    public var schemaVersion: Int

    /// A configuration without secrets: cron and metrics refuse everybody.
    public init(publicURL: String, formKey: [UInt8], schemaVersion: Int) {
        self.publicURL = publicURL
        self.formKey = formKey
        self.schemaVersion = schemaVersion
    }
}

/// What all threads of a responder share: immutable, or behind a lock of its own.
public final class SiteShared: Sendable {
    /// What was told at start.
    public let configuration: SiteConfiguration
    /// All pages' templates.
    public let templates: Templates
    /// Settings by tenant.
    public let settings = SettingsCache()
    /// Their histories, for what earns.
    let histories = HistoryCache()
    /// Public fragments as sent.
    public let rendered = RenderedCache()
    /// Set when the responder ends, so that nobody waits on.
    public let stopping = StopSwitch()
    /// Given away by handlers that wait.
    public let places: Places
    /// Where errors go.
    public let logger: Logger
    /// contract.md, "Sync API": at most 4 waits per responder at once.
    let waitPlaces = WaitPlaces(4)
    let metrics = Metrics()
    let apiRate: ApiRate
    let router: Router

    /// Shares these.
    ///
    /// - Parameter places: the server's own.
    public init(
        configuration: SiteConfiguration, templates: Templates, logger: Logger, places: Places = Places()
    ) {
        self.configuration = configuration
        self.places = places
        self.templates = templates
        self.logger = logger
        apiRate = ApiRate(perSecond: configuration.apiRate)
        router = Router(Routes.all)
    }
}
