import Connectors
import LoyaltyRules
import LoyaltyStore
import Logging

extension SyncRun {
    /// Reads stores, customers and orders of the POS, page by page, each stored whole before the next is asked for.
    ///
    /// - Throws: `SourceFailure` when Alleaves gives up; what was stored stays.
    mutating func readAlleaves() throws -> ReadingEnd {
        guard let client = try parties.alleaves(store) else { return .notConnected }
        let settings = try store.settings()
        let today = settings.business.calendar.day(of: run.startedAt)
        let from =
            try bookmark.ordersFrom
            ?? ReadingWindow.firstDay(store.watermark(), isForced: run.isForced, today: today)
        bookmark.ordersFrom = from
        try report("Reading customers", done: 0, expected: nil)
        try readLocations(client)
        try readCustomers(client, settings: settings)
        // Whose midnight Alleaves counts by is unknown: a day more on each side (alleaves.md, section 5).
        let isWhole = bookmark.orderPages == 0
        let shown = try readOrders(client, from: from.advanced(by: -1), to: today.advanced(by: 1))
        // What an interrupted reading had shown before is not known any more.
        if isWhole { try lookForVanished(shown, since: settings.business.calendar.start(of: from), client) }
        // Only now: lists come newest first, so that a refund stands before its sale.
        for refund in try store.refundsOfNothing(since: settings.business.calendar.start(of: from)) {
            note(refund, "A refund that names no sale we know. Nothing was taken back.")
        }
        for order in try store.reopenedOrders(since: settings.business.calendar.start(of: from)) {
            note(
                order,
                "The sale stands again after it was undone. The points used on it were given back, and are not taken again."
            )
        }
        return .whole
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
        while !bookmark.customersRead {
            let page = try asking("Alleaves") { try client.customers(page: bookmark.customerPages + 1) }
            let imported = try store.importCustomers(page.rows.map(CustomerProfile.init), settings: settings, at: now())
            result.customersAdded += Int64(imported.added)
            result.customersChanged += Int64(imported.changed)
            for row in page.unreadable {
                result.failed += 1
                if result.errors.count < RunResult.listMax {
                    result.errors.append(.init(customerId: row.id ?? "?", error: row.reason))
                }
                note(row.id, "Customer: \(row.reason)")
            }
            bookmark.customerPages += 1
            bookmark.customersRead = page.isLast
            let done = Int64(bookmark.customerPages * AlleavesClient.pageSize)
            try report("Reading customers", done: page.isLast ? try store.customerCount() : done, expected: nil)
        }
    }

    /// - Returns: the orders that the pages read now have shown.
    private mutating func readOrders(_ client: AlleavesClient, from: Day, to: Day) throws -> ShownOrders {
        // As of before the first page: what a webhook marks while the pages are read waits for the next run.
        var marked = try store.orderRereads(limit: RereadOrders.countMax)
        var shown = ShownOrders()
        var isLast = false
        while !isLast {
            let page = try asking("Alleaves") { try client.orders(from: from, to: to, page: bookmark.orderPages + 1) }
            let ids = Set(page.rows.map(\.posOrderID))
            shown.insert(page)
            try store(page, clearing: marked.filter { ids.contains($0.posOrderID) })
            marked.removeAll { ids.contains($0.posOrderID) }
            bookmark.orderPages += 1
            isLast = page.isLast
            try report("Reading orders", done: result.ordersProcessed, expected: nil)
        }
        try readAgain(marked, client)
        return shown
    }

    /// Orders that webhooks named and the pages did not show.
    private mutating func readAgain(_ marked: [OrderReread], _ client: AlleavesClient) throws {
        var rereads = RereadOrders(store: store, client: client, now: now)
        for reread in marked { try rereads.read(reread) { ask in try asking("Alleaves", ask) } }
        for exception in rereads.exceptions { note(exception.subject, exception.reason) }
    }

    private mutating func store(_ page: OrderPage, clearing rereads: [OrderReread]) throws {
        let moment = now()
        let readable = page.rows.compactMap { revision -> OrderRevision? in
            if revision.completedAt > moment.advanced(bySeconds: 86_400) {
                note(revision.posOrderID, "The sale is dated more than a day ahead of our clock.")
                return nil
            }
            var revision = revision
            // rules.md, "Completion": less than 24 h ahead counts as now.
            revision.completedAt = min(revision.completedAt, moment)
            return revision
        }
        let stored = try store.transaction { tx in
            let stored = try tx.store(readable, ignoresOlder: false, at: moment)
            try tx.clear(rereads)
            return stored
        }
        result.ordersProcessed += Int64(page.rows.count + page.unreadable.count)
        result.ordersAdded += Int64(stored.added)
        result.ordersChanged += Int64(stored.changed)
        for row in page.unreadable { note(row.id, "Order: \(row.reason)") }
        for word in page.unknownWords { note(nil, "Orders carry a status that is not known: “\(word)”.") }
    }

    /// Asks, and once more after a request was lost: a second loss in a row ends the source (`SourceLost`).
    func asking<Answer>(_ source: String, _ ask: () throws -> Answer) throws -> Answer {
        do {
            do {
                return try ask()
            } catch let error as ConnectorError where error.isLoss {
                logger.notice("request lost", metadata: ["run": "\(run.id)", "cause": "\(error.debugDescription)"])
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
