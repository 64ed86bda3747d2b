import Connectors
import LoyaltyRules
import LoyaltyStore
import Logging

/// One run over a whole tenant: fetch, post, ask Alpine, compare, finish. Safe to stop anywhere: what is stored whole
/// is not read again, what is posted is not posted again. rules.md, "Sync".
public struct SyncRun {
    let store: TenantStore
    let run: ClaimedRun
    let parties: ThirdParties
    let logger: Logger
    let now: () -> Instant
    let onProgress: (RunProgress) -> Void

    var result: RunResult
    var bookmark: ReadingBookmark
    /// Noted, and not kept yet.
    private var exceptions: [RunException] = []
    /// How many are kept.
    private var exceptionsKept = 0

    /// Makes a run.
    public init(
        _ run: ClaimedRun, store: TenantStore, parties: ThirdParties, logger: Logger,
        now: @escaping () -> Instant = Instant.now, onProgress: @escaping (RunProgress) -> Void = { _ in }
    ) {
        self.run = run
        self.store = store.held(by: run)
        self.parties = parties
        self.logger = logger
        self.now = now
        self.onProgress = onProgress
        result = run.result
        bookmark = run.bookmark
    }

    /// Runs to the end and records it.
    ///
    /// - Throws: `Stopped` when the process ends, `RunLost` when another worker has the run, and errors of the database:
    ///   then the run goes on later from where it was.
    public mutating func perform() throws -> RunState {
        if run.fence > 1 { exceptionsKept = try store.exceptions(of: run.id).count }
        let posting = PostDue(store: store, cause: PostingCause(run: run.id), now: now)
        // What was read by a run that failed: this one may not be shown it, and what it is shown has the last word.
        for other in try store.runsWithIncoming() where other != run.id { try takeIn(of: other, with: posting) }
        var ended = ReadingEnd.notConnected
        var reading: Reading?
        try untilLost(&ended) { run in
            reading = try run.readAlleaves()
            return reading == nil ? .notConnected : .whole
        }
        // What was read before the end of it counts all the same.
        try takeIn(of: run.id, with: posting)
        if let reading {
            try untilLost(&ended) { run in
                try run.lookBack(reading)
                return .whole
            }
        }
        try post(with: posting)
        if ended == .whole {
            try compareWithAlpine()
        } else {
            result.degraded = try store.customerCount()
            if ended == .broken, try store.integrations().contains(.alpine) {
                result.alpineProblem = "Alpine IQ was not asked, because Alleaves was not read to its end."
            }
        }
        return try finish(ended)
    }

    /// Reads of Alleaves; when it gives up, the reading is broken and the run goes on with what there is.
    private mutating func untilLost(
        _ ended: inout ReadingEnd, _ read: (inout SyncRun) throws -> ReadingEnd
    ) throws {
        do {
            ended = try read(&self)
        } catch let error as SourceFailure {
            result.alleavesProblem = error.description
            ended = .broken
            logger.warning("alleaves lost", metadata: ["run": "\(run.id)", "cause": "\(error.debugDescription)"])
        }
    }

    private mutating func takeIn(of run: RunID, with posting: PostDue) throws {
        try posting.takeIn(run) { stored, posted, done, expected in
            result.ordersAdded += Int64(stored.added)
            result.ordersChanged += Int64(stored.changed)
            try tell(posted, done: done, expected: expected)
        }
    }

    private mutating func tell(_ posted: PostedOrders, done: Int64, expected: Int64?) throws {
        result.entriesPosted += Int64(posted.entries)
        for exception in posted.exceptions { note(exception.posOrderID, exception.reason) }
        try report("Posting points", done: done, expected: expected)
    }

    private mutating func post(with posting: PostDue) throws {
        try posting.run { posted, done, expected in try tell(posted, done: done, expected: expected) }
        for failure in posting.failures {
            result.failed += 1
            if result.errors.count < RunResult.listMax { result.errors.append(failure) }
        }
    }

    private mutating func finish(_ ended: ReadingEnd) throws -> RunState {
        let state: RunState =
            switch ended {
            case .whole: result.alpineProblem == nil ? .succeeded : .degraded
            case .notConnected: result.alpineProblem == nil ? .succeeded : .degraded
            // What an earlier run had stored may have been posted by this one.
            case .broken:
                bookmark == ReadingBookmark.untouched(bookmark.ordersFrom) && result.entriesPosted == 0
                    ? .failed : .degraded
            }
        result.totalProcessed = state == .failed ? 0 : try store.customerCount()
        result.successful = max(0, result.totalProcessed - result.failed)
        let end = now()
        result.duration = max(0, (end.microsecondsSince1970 - run.startedAt.microsecondsSince1970) / 1_000)
        try store.finish(
            run, state: state, result: result, exceptions: exceptions, firstNumber: exceptionsKept + 1,
            error: state == .failed ? result.alleavesProblem : nil, watermark: watermark(state, ended, at: end))
        return state
    }

    /// The watermark moves only when the POS was read to its end.
    private func watermark(_ state: RunState, _ ended: ReadingEnd, at end: Instant) throws -> Watermark? {
        guard state != .failed else { return nil }
        var watermark = Watermark(succeededAt: end)
        if ended == .whole, let from = bookmark.ordersFrom {
            let today = try store.settings().business.calendar.day(of: run.startedAt)
            if from <= ReadingWindow.beginning { watermark.historyReadAt = run.startedAt }
            if from <= today.advanced(by: -ReadingWindow.longDays) { watermark.longWindowDay = today }
        }
        return watermark
    }

    mutating func note(_ subject: String?, _ reason: String) {
        note(RunException(subject: subject, reason: reason))
    }

    mutating func note(_ exception: RunException) {
        result.exceptionCount += 1
        guard exceptionsKept + exceptions.count < RunResult.listMax else { return }
        exceptions.append(exception)
    }

    /// Tells how far the run is.
    ///
    /// - Throws: `Stopped` when the process ends: all that comes before is kept.
    mutating func report(_ stage: String, done: Int64, expected: Int64?) throws {
        try keep(stage, done: done, expected: expected) { _, _ in }
    }

    /// Writes, and how far the run is, in one transaction; `write` counts into the result and may run several times.
    ///
    /// - Throws: `Stopped` when the process ends: all that comes before is kept.
    mutating func keep(
        _ stage: String, done: Int64, expected: Int64? = nil,
        write: (TenantTransaction, inout RunResult) throws -> Void
    ) throws {
        result = try store.transaction { tx in
            var counted = result
            try write(tx, &counted)
            try tx.report(
                run, stage: stage, done: done, expected: expected, bookmark: bookmark, result: counted,
                exceptions: exceptions, firstNumber: exceptionsKept + 1)
            return counted
        }
        exceptionsKept += exceptions.count
        exceptions = []
        if parties.isStopping { throw Stopped() }
        onProgress(RunProgress(stage: stage, done: done, expected: expected))
    }
}

/// How far a run is, for a progress bar.
public struct RunProgress: Equatable, Sendable {
    /// In the owner's words.
    public let stage: String
    /// Done of it.
    public let done: Int64
    /// In all, if known.
    public let expected: Int64?
}

/// How reading the POS ended.
enum ReadingEnd: Equatable {
    case whole
    case broken
    case notConnected
}

/// A source gave up, for good or for this run.
struct SourceFailure: Error, CustomStringConvertible, CustomDebugStringConvertible {
    /// In the owner's words.
    let description: String
    let debugDescription: String
    /// Whether only what was asked for cannot be had: the source itself answers.
    let concernsOneAnswer: Bool

    /// The failure that `error` is; nil for what is none of the source's: the process ends, the database is lost.
    init?(_ error: any Error, source: String) {
        switch error {
        case let lost as SourceLost:
            description = lost.description
            debugDescription = lost.debugDescription
            concernsOneAnswer = false
        case let failed as ConnectorError:
            description = "\(source): \(failed.description)"
            debugDescription = failed.debugDescription
            concernsOneAnswer =
                switch failed {
                case .notFound, .rejected, .notUnderstood, .tooLarge: true
                default: false
                }
        default: return nil
        }
    }
}

/// Which orders are asked for. rules.md, "Sync".
enum ReadingWindow {
    /// "all history since 2010-01-01".
    static let beginning = Day(daysSince1970: 14_610)
    /// The first run after local midnight: voids and refunds arrive late on old ids.
    static let longDays: Int64 = 45
    static let shortDays: Int64 = 7

    static func firstDay(_ watermark: Watermark, isForced: Bool, today: Day) -> Day {
        if isForced || watermark.historyReadAt == nil { return beginning }
        return today.advanced(by: watermark.longWindowDay == today ? -shortDays : -longDays)
    }
}

extension ReadingBookmark {
    /// A bookmark of a run that has stored nothing.
    static func untouched(_ ordersFrom: Day?) -> ReadingBookmark {
        var bookmark = ReadingBookmark()
        bookmark.ordersFrom = ordersFrom
        return bookmark
    }
}
