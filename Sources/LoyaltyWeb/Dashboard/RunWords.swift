import LoyaltyRules
import LoyaltyStore

/// A finished or waiting run in the owner's words.
struct RunLine: Sendable {
    let asked: Moment
    let status: StatusWord
    let who: String
    let took: String?
    let sentences: [String]

    init(_ run: RunSummary, words: Words) {
        asked = words.moment(run.queuedAt)
        status = StatusWord(run.state)
        who =
            switch run.trigger {
            case .cron, .schedule: "on schedule"
            case .user: "asked for here"
            case .api: "asked for by another program"
            case .cli: "asked for by the operator"
            }
        if let start = run.startedAt, let end = run.finishedAt {
            took = Words.duration(seconds: end.secondsSince1970 - start.secondsSince1970)
        } else {
            took = nil
        }
        sentences = Self.sentences(run)
    }

    private static func sentences(_ run: RunSummary) -> [String] {
        if let error = run.error { return [error] }
        guard let result = run.result else { return [run.state == .queued ? "Waits for its turn." : "Under way."] }
        if run.kind == .recalculation {
            let customers = Words.counted(result.totalProcessed, "customer was", "customers were")
            return ["Tiers and segments were worked out anew after a save. \(customers) looked at."]
        }
        var list = [
            "\(Words.counted(result.ordersAdded, "new order", "new orders")) and \(groupedDigits(result.ordersChanged)) "
                + "changed, \(Words.counted(result.customersAdded, "new customer", "new customers")), "
                + "\(Words.counted(result.entriesPosted, "movement of points", "movements of points"))."
        ]
        if result.compared > 0 {
            let over = result.compared - result.within - result.awaiting
            let waiting = result.awaiting > 0 ? "\(groupedDigits(result.awaiting)) wait for Alpine, " : ""
            list.append(
                "Of \(groupedDigits(result.compared)) compared with Alpine, \(groupedDigits(result.within)) agree, "
                    + "\(waiting)\(groupedDigits(over)) differ.")
        }
        if let taken = result.overridden, taken > 0 {
            list.append("Alpine’s number was taken for \(Words.counted(taken, "customer", "customers")).")
        }
        if let left = result.leftToDecide, left > 0 {
            list.append(
                "\(Words.counted(left, "customer differs", "customers differ")) at once and wait for your decision.")
        }
        if result.degraded > 0 {
            list.append("\(Words.counted(result.degraded, "customer was", "customers were")) not compared.")
        }
        if result.exceptionCount > 0 {
            list.append("\(Words.counted(result.exceptionCount, "thing", "things")) to look at.")
        }
        // Each names its source itself.
        return list + [result.alleavesProblem, result.alpineProblem].compactMap(\.self)
    }
}

/// A word with its shape.
struct StatusWord: Sendable {
    let word: String
    /// A class of the stylesheet: `good`, `look`, `stopped`, `waiting`.
    let shape: String

    init(_ word: String, _ shape: String) {
        self.word = word
        self.shape = shape
    }

    init(_ state: RunState) {
        switch state {
        case .queued: self.init("Waiting", "waiting")
        case .running: self.init("Running", "waiting")
        case .succeeded: self.init("Done", "good")
        case .degraded: self.init("Done in part", "look")
        case .failed: self.init("Stopped", "stopped")
        }
    }
}

/// What is going on right now.
struct RunProgress: Sendable {
    let run: String
    let runOrg: String
    let heading: String
    let stage: String
    /// Nil while nobody knows how much there is: then the bar has no end.
    let known: Known?
    let note: String
    let isFollowed: Bool

    /// How far.
    struct Known: Sendable {
        let done: String
        let expected: String
    }

    init(_ run: RunSummary, org: String, isFollowed: Bool, now: Instant, words: Words) {
        self.run = run.id.description
        runOrg = org
        self.isFollowed = isFollowed
        heading =
            run.kind == .recalculation ? "Tiers and segments are being worked out anew" : "A sync is under way"
        stage = run.state == .queued ? "Waiting for its turn" : run.stage
        if run.state == .running, let expected = run.expected, expected > 0 {
            known = Known(done: String(min(run.done, expected)), expected: String(expected))
        } else {
            known = nil
        }
        note = Self.note(run, now: now, words: words)
    }

    private static func note(_ run: RunSummary, now: Instant, words: Words) -> String {
        guard let start = run.startedAt else { return "Asked for \(words.moment(run.queuedAt).shownTime)." }
        var text = "Began \(words.moment(start).shownTime)."
        guard let expected = run.expected, expected > 0 else {
            return run.done > 0 ? "\(groupedDigits(run.done)) done. " + text : text
        }
        text = "\(groupedDigits(run.done)) of \(groupedDigits(expected)) done. " + text
        let elapsed = now.secondsSince1970 - start.secondsSince1970
        if run.done > 0, run.done < expected, elapsed > 2 {
            let left = Int64(Int128(elapsed) * Int128(expected - run.done) / Int128(run.done))
            text += " About \(Words.duration(seconds: left)) left."
        }
        return text
    }
}
