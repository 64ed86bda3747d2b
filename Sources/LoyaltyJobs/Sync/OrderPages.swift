import Connectors
import LoyaltyRules
import LoyaltyStore
import Synchronization

/// Pages of orders, asked for ahead. Each is asked for after the one before was answered: a list that grows at its head
/// meanwhile shows an order twice, and leaves none out.
///
/// Where requests are not limited a page is asked for before the last one is opened. That it follows at all is not known
/// then, and one that is lost counts for nothing; one that is needed and has not come, or cannot be opened, is asked for
/// anew as the rules want, and so is all after it.
final class OrderPages {
    /// A page as the reading thread leaves it.
    enum Asked: ListPage {
        case unopened(UnopenedOrderPage)
        case opened(UnreadOrderPage)

        /// After what cannot have a page behind it nothing is asked for: what it is, is seen when it is opened.
        var isLast: Bool {
            switch self {
            case .unopened(let page): !page.mayBeFull
            case .opened(let page): page.isLast
            }
        }
    }

    private struct State {
        var ahead: PagesAhead<Asked>?
        var isCancelled = false
    }

    private let client: AlleavesClient
    private let asker: Asker
    private let from: Day
    private let to: Day
    private let state = Mutex(State())
    /// Pages that have come and were not handed on yet.
    private var waiting: [Asked] = []
    private var last: UnreadOrderPage?
    private var failure: (any Error)?

    /// Begins to ask for orders created from `from` to `to`. Until `end` nobody else may use `client`.
    init(_ client: AlleavesClient, by asker: Asker, from: Day, to: Day, firstPage: Int) {
        (self.client, self.asker, self.from, self.to) = (client, asker, from, to)
        ask(from: firstPage)
    }

    private func ask(from first: Int) {
        let (asker, from, to) = (asker, from, to)
        state.withLock { state in
            if state.isCancelled { return }
            state.ahead = PagesAhead(from: first, of: client) { number, client in
                try asker.ask {
                    client.isUnlimited
                        ? .unopened(try client.beginOrders(from: from, to: to, page: number))
                        : .opened(try client.orders(from: from, to: to, page: number))
                }
            }
        }
    }

    /// As `PagesAhead.next`.
    func next() throws -> [UnreadOrderPage] {
        if let failure { throw failure }
        var pages: [UnreadOrderPage] = []
        do {
            if waiting.isEmpty { waiting = try asked() }
            while !waiting.isEmpty {
                let page: UnreadOrderPage
                switch waiting.removeFirst() {
                case .opened(let opened): page = opened
                case .unopened(let unopened):
                    if let opened = unopened.opened() {
                        page = opened
                    } else if pages.isEmpty {
                        page = try askedAnew(unopened)
                    } else {
                        // What came before it counts first.
                        waiting = [.unopened(unopened)]
                        return pages
                    }
                }
                try asker.ask { try page.refuseRepetition(of: last) }
                last = page
                pages.append(page)
                if page.isLast {
                    // What was asked for meanwhile is no page of the list.
                    cancel()
                    return pages
                }
            }
        } catch  where !pages.isEmpty {
            // Thrown the next time.
            failure = error
        }
        return pages
    }

    private func asked() throws -> [Asked] {
        guard let ahead = state.withLock(\.ahead) else { throw CancellationError() }
        return try ahead.next()
    }

    /// A page that was asked for in vain, and begins again to ask for those after it.
    private func askedAnew(_ unusable: UnopenedOrderPage) throws -> UnreadOrderPage {
        let (ahead, isCancelled) = state.withLock { state in
            defer { state.ahead = nil }
            return (state.ahead, state.isCancelled)
        }
        // Then the client is back, and what was asked for since is forgotten: it was answered before this one is.
        ahead?.end()
        if isCancelled { throw CancellationError() }
        var begun: UnopenedOrderPage? = unusable
        let page = try asker.ask {
            guard let first = begun else { return try client.orders(from: from, to: to, page: unusable.number) }
            begun = nil
            return try client.finish(first)
        }
        waiting = []
        if !page.isLast { ask(from: unusable.number + 1) }
        return page
    }

    /// As `PagesAhead.cancel`; another thread may ask for it.
    func cancel() {
        state.withLock { state in
            state.isCancelled = true
            state.ahead?.cancel()
        }
    }

    /// As `PagesAhead.end`.
    func end() {
        cancel()
        state.withLock(\.ahead)?.end()
    }
}

/// Orders of those pages, read on a thread of its own while those before are stored.
final class OrdersAhead {
    private let pages: OrderPages
    private var shown: ShownOrders
    private var reading: Ahead<[OrderPage]>?
    private var hasEnded = false

    /// Begins; an order is recognised by what `expected` expects.
    init(_ pages: OrderPages, expecting expected: consuming ShownOrders) {
        self.pages = pages
        shown = expected
        begin()
    }

    private func begin() {
        reading = Ahead { [self] in
            let read = try pages.next().map { page in page.read { shown.recognise($0) } }
            for page in read { shown.insert(page) }
            return read
        }
    }

    /// As `PagesAhead.next`.
    func next() throws -> [OrderPage] {
        let read = try reading?.value() ?? []
        if read.last?.isLast == false { begin() }
        return read
    }

    /// Waits for what is under way, gives the client back and tells what the pages have shown.
    @discardableResult
    func end() -> ShownOrders {
        if hasEnded { return shown }
        hasEnded = true
        pages.cancel()
        reading?.end()
        pages.end()
        return shown
    }
}
