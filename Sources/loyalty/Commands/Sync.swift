import ArgumentParser
import Connectors
import FastCGI
import Foundation
import Logging
import LoyaltyJobs
import LoyaltyRules
import LoyaltyStore
import Synchronization

/// `loyalty sync`.
struct Sync: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Reads the point of sale and Alpine IQ now, and shows how far it is.",
        discussion: """
            A worker that is running may take the run over; then this follows it. Exit code 1 for a run that is \
            degraded, 69 when the point of sale gave nothing usable.
            """)

    @Option(help: "Whose.") var tenant: String
    @Flag(help: "Read all history again.") var force = false
    @Option(help: "Only this customer, by the id of the point of sale.") var customer: String?
    @OptionGroup var options: CommonOptions

    func run() throws {
        StopSignals.block()
        let config = try options.settings(needs: .secretKey)
        let store = try config.openStore(isLong: true)
        let tenant = try store.knownTenant(tenant)
        guard try store.tenant(tenant.id).integrations().contains(.alleaves) else {
            throw CommandFailure.problem(
                "\(tenant.slug) has no point of sale connected. Run: loyalty integration set --tenant \(tenant.slug) "
                    + "alleaves")
        }
        let foreground = try ForegroundSync(config: config, store: store, tenant: tenant.id, isQuiet: options.json)
        let run = try foreground.perform(customer: customer, isForced: force)
        try options.output.show(SyncReport(run, tenant: tenant.slug), SyncReport.text(run, tenant: tenant.slug))
        if let code = SyncReport.exitCode(run) { throw ExitCode(code) }
    }
}

/// A run performed here, by what the worker uses too, or followed when a worker was quicker.
struct ForegroundSync {
    private let store: Store
    private let tenant: TenantStore
    private let performer: RunPerformer
    private let isQuiet: Bool
    private let stopping: StopNotice
    private static let pauseSeconds = 0.1
    private static let silenceSeconds = 30

    init(config: Config, store: Store, tenant: TenantID, isQuiet: Bool) throws {
        self.store = store
        self.tenant = store.tenant(tenant)
        self.isQuiet = isQuiet
        let stopping = StopNotice()
        self.stopping = stopping
        stopping.awaitSignal()
        let isStopping: @Sendable () -> Bool = { stopping.isSet }
        performer = RunPerformer(
            parties: ThirdParties(
                try config.jobConfiguration(), transport: CurlTransport(isStopping: isStopping),
                clock: .live(isStopping: isStopping)),
            logger: JSONLog.logger("sync", level: max(config.logLevel, .warning)))
    }

    /// Asks for a run and stays until it ended.
    func perform(customer: String?, isForced: Bool) throws -> RunSummary {
        let asked =
            try customer.map { try tenant.requestCustomerSync(posCustomerID: $0, trigger: .cli) }
            ?? tenant.requestSync(forced: isForced, trigger: .cli)
        let worker = "cli:\(ProcessInfo.processInfo.processIdentifier)"
        var bar = ProgressBar(isShown: !isQuiet)
        defer { bar.finish() }
        while true {
            let claimed = try store.claimRun(
                [asked.kind], worker: worker, silenceSeconds: Self.silenceSeconds, only: asked.id)
            if let claimed { try perform(claimed, &bar) }
            guard let run = try tenant.run(asked.id) else { throw CommandFailure.problem("The run has disappeared.") }
            if run.state.isFinished { return run }
            // Somebody else's run goes first, or has taken this one.
            bar.show(run.stage, done: run.done, expected: run.expected)
            if stopping.isSet { throw interrupted }
            Thread.sleep(forTimeInterval: Self.pauseSeconds)
        }
    }

    private func perform(_ run: ClaimedRun, _ bar: inout ProgressBar) throws {
        do {
            var shown = bar
            _ = try performer.perform(run, tenant) { shown.show($0.stage, done: $0.done, expected: $0.expected) }
            bar = shown
        } catch is Stopped {
            try tenant.release(run)
            throw interrupted
        } catch is RunLost {
            // Another worker has it now: it is followed like any other.
        }
    }

    private var interrupted: CommandFailure {
        .problem("Interrupted. What was read stays; the next sync goes on from there.")
    }
}

/// Whether Ctrl-C or SIGTERM came.
final class StopNotice: Sendable {
    private let flag = Atomic(false)

    var isSet: Bool { flag.load(ordering: .acquiring) }

    /// Waits for the signal on a thread of its own. The signals are blocked since the start.
    func awaitSignal() {
        Thread.detachNewThread { [self] in
            _ = StopSignals.wait()
            flag.store(true, ordering: .releasing)
        }
    }
}
