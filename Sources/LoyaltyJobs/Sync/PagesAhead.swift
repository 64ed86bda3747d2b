import Connectors
import Dispatch
import Foundation
import LoyaltyStore
import Synchronization

/// Pages of a list, asked for on threads of their own while earlier ones are stored: as many at a time as there are
/// clients, and at most `waitingMax` under way or waiting, so that memory stays bounded.
final class PagesAhead<Page: ListPage>: Sendable {
    /// Pages that are asked for or wait to be stored.
    static var waitingMax: Int { 20 }
    /// Pages stored at once.
    static var takenMax: Int { 10 }

    private struct State {
        /// The next to be asked for.
        var number: Int
        /// The next to be taken.
        var nextTaken: Int
        /// What came of those asked for, in any order, until it is taken.
        var outcomes: [Int: Result<Page, any Error>] = [:]
        var lastTaken: Page?
        /// Whether no more is asked for: the end of the list was seen, a page could not be read, or nobody wants more.
        var isOver = false
        /// Threads that still ask.
        var threads: Int
    }

    private let state: Mutex<State>
    private let asker: Asker
    private let free = DispatchSemaphore(value: 0)
    private let filled = DispatchSemaphore(value: 0)
    private let reading = DispatchGroup()

    /// Begins to ask. Each of `clients` is a reading thread's until `end`; nobody else may use it meanwhile.
    ///
    /// - Parameter fetch: asks for the page of this number; it is asked again as `asker` sees fit.
    init<Client>(
        from first: Int, of clients: [Client], by asker: Asker,
        fetch: @escaping @Sendable (_ page: Int, _ client: Client) throws -> Page
    ) {
        state = Mutex(State(number: first, nextTaken: first, threads: clients.count))
        self.asker = asker
        for _ in 0..<Self.waitingMax { free.signal() }
        for client in clients {
            let lent = Lent(client)
            reading.enter()
            Thread.detachNewThread { [self] in
                read { number in try asker.ask { try fetch(number, lent.value) } }
                reading.leave()
            }
        }
    }

    private func read(_ fetch: (Int) throws -> Page) {
        while true {
            free.wait()
            let number = state.withLock { state -> Int? in
                if state.isOver { return nil }
                defer { state.number += 1 }
                return state.number
            }
            guard let number else { break }
            let outcome = Result { try fetch(number) }
            // Any result that is no page with others behind it is the last.
            let isLast = (try? outcome.get().isLast) ?? true
            state.withLock { state in
                state.outcomes[number] = outcome
                if isLast { state.isOver = true }
            }
            filled.signal()
        }
        state.withLock { $0.threads -= 1 }
        // Others may wait to ask, and somebody for a page.
        free.signal()
        filled.signal()
    }

    /// The pages that have come, in order: waits for one, and takes as many as are there, at most `takenMax`. What went
    /// wrong is thrown once all pages before it were taken. Not to be asked after the last page.
    func next() throws -> [Page] {
        while true {
            filled.wait()
            let (pages, failure, hasMore) = state.withLock { state in
                let (pages, failure) = take(&state)
                return (pages, failure, state.outcomes[state.nextTaken] != nil)
            }
            if hasMore { filled.signal() }
            for _ in pages { free.signal() }
            if !pages.isEmpty { return pages }
            if let failure { throw failure }
        }
    }

    /// Takes what is there up to the end of the list, and tells why nothing more will come; nil when it may.
    private func take(_ state: inout State) -> (pages: [Page], failure: (any Error)?) {
        var pages: [Page] = []
        while pages.count < Self.takenMax, pages.last?.isLast != true, let outcome = state.outcomes[state.nextTaken] {
            do {
                let page = try outcome.get()
                try asker.ask { try page.refuseRepetition(of: state.lastTaken) }
                state.lastTaken = page
                pages.append(page)
            } catch {
                return (pages, error)
            }
            state.outcomes[state.nextTaken] = nil
            state.nextTaken += 1
        }
        return (pages, state.threads == 0 ? CancellationError() : nil)
    }

    /// Asks for nothing more after what is under way. Whoever waits for a page then gets what has come, or a
    /// `CancellationError`.
    func cancel() {
        state.withLock { $0.isOver = true }
        free.signal()
    }

    /// Waits for what is under way, and gives the clients back.
    func end() {
        cancel()
        reading.wait()
    }
}
