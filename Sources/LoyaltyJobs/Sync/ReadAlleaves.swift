import Connectors
import LoyaltyRules
import LoyaltyStore
import Logging

extension SyncRun {
    /// Reads stores, customers and orders of the POS, page by page, each kept whole, while others are asked for.
    ///
    /// - Throws: `SourceFailure` when Alleaves gives up; what was kept stays.
    mutating func readAlleaves() throws -> Reading? {
        guard let client = try parties.alleaves(store) else { return nil }
        let settings = try store.settings()
        let today = settings.business.calendar.day(of: run.startedAt)
        let from =
            try bookmark.ordersFrom
            ?? ReadingWindow.firstDay(store.watermark(), isForced: run.isForced, today: today)
        bookmark.ordersFrom = from
        try report("Reading customers", done: 0, expected: nil)
        let start = settings.business.calendar.start(of: from)
        let before = ordersReadBefore(since: start)
        defer { before.end() }
        try readLocations(client)
        try readCustomers(client, settings: settings)
        // Whose midnight Alleaves counts by is unknown: a day more on each side (alleaves.md, section 5).
        let isWhole = bookmark.orderPages == 0
        let shown = try readOrders(client, from: from.advanced(by: -1), to: today.advanced(by: 1), before)
        return Reading(client: client, shown: shown, start: start, isInOneGo: isWhole)
    }

    /// Looks at what is stored in the light of a reading that came to its end.
    ///
    /// - Throws: as `readAlleaves`.
    mutating func lookBack(_ reading: Reading) throws {
        // What an interrupted reading had shown before is not known any more.
        if reading.isInOneGo { try lookForVanished(reading.shown, since: reading.start, reading.client) }
        // Only now: lists come newest first, so that a refund stands before its sale.
        let unnamed = reading.isInOneGo ? Array(reading.shown.unnamedRefunds) : nil
        for refund in try store.refundsOfNothing(since: reading.start, unnamed: unnamed) {
            note(refund, "A refund that names no sale we know. Nothing was taken back.")
        }
        for order in try store.reopenedOrders(since: reading.start) {
            note(
                order,
                "The sale stands again after it was undone. The points used on it were given back, and are not taken again."
            )
        }
    }

    /// Stores are names beside the sales: points do not wait for them.
    private mutating func readLocations(_ client: AlleavesClient) throws {
        do {
            let locations = try asking("Alleaves") { try client.locations() }
            try store.importLocations(
                locations.map {
                    StoreLocation(posID: $0.posID, name: $0.name, timeZone: $0.timeZone, isActive: $0.isActive)
                })
        } catch let failure as SourceFailure where failure.concernsOneAnswer {
            note(nil, "The list of stores could not be read. \(failure.description)")
        }
    }

    private mutating func readCustomers(_ client: AlleavesClient, settings: Settings) throws {
        guard !bookmark.customersRead else { return }
        let asker = Asker("Alleaves", logger, run: run.id)
        let ahead = PagesAhead(from: bookmark.customerPages + 1, of: client) { page, client in
            try asker.ask { try client.customers(page: page) }
        }
        defer { ahead.end() }
        let isFirst = try store.customerCount() == 0
        while !bookmark.customersRead {
            let pages = try ahead.next()
            let imported = try store.importCustomers(
                pages.flatMap { $0.rows.map(CustomerProfile.init) }, settings: settings, isFirst: isFirst, at: now())
            result.customersAdded += Int64(imported.added)
            result.customersChanged += Int64(imported.changed)
            for row in pages.flatMap(\.unreadable) {
                result.failed += 1
                if result.errors.count < RunResult.listMax {
                    result.errors.append(.init(customerId: row.id ?? "?", error: row.reason))
                }
                note(row.id, "Customer: \(row.reason)")
            }
            bookmark.customerPages += pages.count
            bookmark.customersRead = pages.last?.isLast ?? false
            let done = Int64(bookmark.customerPages * AlleavesClient.pageSize)
            try report(
                "Reading customers", done: bookmark.customersRead ? try store.customerCount() : done, expected: nil)
        }
    }

    /// - Returns: the orders that the pages read now have shown.
    private mutating func readOrders(
        _ client: AlleavesClient, from: Day, to: Day, _ before: Ahead<ShownOrders>
    ) throws -> ShownOrders {
        // As of before the first page: what a webhook marks while the pages are read waits for the next run.
        var marked = try store.orderRereads(limit: RereadOrders.countMax)
        var expected = try before.value()
        try leaveToBeRead(marked, of: &expected)
        let storing = try StoreOrders(store)
        let ranges = try store.customerRanges()
        let pages = OrdersAhead(
            OrderPages(
                client, by: Asker("Alleaves", logger, run: run.id), from: from, to: to,
                firstPage: bookmark.orderPages + 1),
            expecting: consume expected)
        defer { pages.end() }
        try storeOrders(pages, by: storing, ranges, clearing: &marked)
        let shown = pages.end()
        try readAgain(marked, client)
        return shown
    }

    private mutating func storeOrders(
        _ ahead: OrdersAhead, by storing: StoreOrders, _ ranges: CustomerRanges, clearing marked: inout [OrderReread]
    ) throws {
        var untold = UntoldPages()
        var isLast = false
        while !isLast {
            let pages: [OrderPage]
            do {
                pages = try ahead.next()
            } catch {
                // What came before counts all the same.
                try tell(&untold, by: ranges)
                throw error
            }
            let ids = Set(pages.flatMap { $0.rows.map(\.posOrderID) })
            untold.seen += marked.filter { ids.contains($0.posOrderID) }
            marked.removeAll { ids.contains($0.posOrderID) }
            try store(pages, by: storing, &untold)
            isLast = pages.last?.isLast ?? false
            if isLast || parties.isStopping || untold.isWorthTelling { try tell(&untold, by: ranges) }
        }
    }

    /// Orders that webhooks named and the pages did not show.
    private mutating func readAgain(_ marked: [OrderReread], _ client: AlleavesClient) throws {
        var rereads = RereadOrders(store: store, client: client, now: now)
        for reread in marked { try rereads.read(reread) { ask in try asking("Alleaves", ask) } }
        for exception in rereads.exceptions { note(exception.subject, exception.reason) }
    }

    /// Stores pages. What is new is kept with the word of how far reading is: cut short before, the pages are read again.
    private mutating func store(_ pages: [OrderPage], by storing: StoreOrders, _ untold: inout UntoldPages) throws {
        let moment = now()
        let readable = pages.flatMap(\.rows).compactMap { revision -> OrderRevision? in
            if revision.completedAt > moment.advanced(bySeconds: 86_400) {
                note(revision.posOrderID, "The sale is dated more than a day ahead of our clock.")
                return nil
            }
            var revision = revision
            // rules.md, "Completion": less than 24 h ahead counts as now.
            if revision.completedAt > moment { (revision.completedAt, revision.wireDigest) = (moment, nil) }
            return revision
        }
        for page in pages {
            for row in page.unreadable { note(row.id, "Order: \(row.reason)") }
            for word in page.unknownWords { note(nil, "Orders carry a status that is not known: “\(word)”.") }
            result.ordersProcessed += Int64(page.rows.count + page.unreadable.count + page.recognisedCount)
        }
        let stored = try storing.store(readable, at: moment)
        result.ordersAdded += Int64(stored.added)
        result.ordersChanged += Int64(stored.changed)
        untold.count += pages.count
        untold.new += stored.setAside
    }

    /// Keeps what is new, and how far reading is.
    private mutating func tell(_ untold: inout UntoldPages, by ranges: CustomerRanges) throws {
        let told = untold
        untold = UntoldPages()
        let number = bookmark.orderPages
        bookmark.orderPages += told.count
        try keep("Reading orders", done: result.ordersProcessed) { [run] tx, _ in
            try tx.keepIncoming(told.new, by: ranges, of: run.id, number: number)
            try tx.clear(told.seen)
        }
    }

    /// As `Asker.ask`.
    func asking<Answer>(_ source: String, _ ask: () throws -> Answer) throws -> Answer {
        try Asker(source, logger, run: run.id).ask(ask)
    }
}

/// Pages of orders that were read and are not told of yet.
private struct UntoldPages {
    var count = 0
    /// New sales of known customers.
    var new: [(customer: CustomerID, revision: OrderRevision)] = []
    /// Marks of orders that were shown.
    var seen: [OrderReread] = []
    private let since = ContinuousClock.now

    /// Many at a time are cheaper to keep; but whoever looks on is told often, and a worker that is killed loses little.
    var isWorthTelling: Bool { new.count >= 4_000 || since.duration(to: .now) >= .milliseconds(200) }
}

/// What a reading of the POS that came to its end has shown.
struct Reading {
    let client: AlleavesClient
    let shown: ShownOrders
    /// Orders since then were asked for.
    let start: Instant
    /// Whether one worker read it without a stop.
    let isInOneGo: Bool
}

/// Asks a third party for a run.
struct Asker: Sendable {
    private let source: String
    private let logger: Logger
    private let run: RunID

    init(_ source: String, _ logger: Logger, run: RunID) {
        self.source = source
        self.logger = logger
        self.run = run
    }

    /// Asks, and once more after a request was lost: a second loss in a row ends the source (`SourceLost`).
    func ask<Answer>(_ ask: () throws -> Answer) throws -> Answer {
        do {
            do {
                return try ask()
            } catch let error as ConnectorError where error.isLoss {
                logger.notice("request lost", metadata: ["run": "\(run)", "cause": "\(error.debugDescription)"])
                return try ask()
            }
        } catch {
            throw SourceFailure(error, source: source) ?? error
        }
    }
}

extension CustomerProfile {
    init(_ customer: PosCustomer) {
        self.init(
            posID: customer.posID, firstName: customer.firstName ?? "", lastName: customer.lastName ?? "",
            email: customer.email, phone: customer.phone, birthDate: customer.birthDate,
            alpineCode: customer.alpineUserCode)
    }
}
