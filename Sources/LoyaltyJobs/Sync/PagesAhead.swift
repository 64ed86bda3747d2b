import Connectors
import Dispatch
import Foundation
import LoyaltyStore
import Synchronization

/// Pages of a list, asked for on a thread of their own while earlier ones are stored: one request at a time, and at
/// most `waitingMax` pages waiting, so that memory stays bounded.
final class PagesAhead<Page: ListPage>: Sendable {
    /// Pages that wait to be stored.
    static var waitingMax: Int { 20 }
    /// Pages stored at once.
    static var takenMax: Int { 10 }

    private struct State {
        var pages: [Page] = []
        var failure: (any Error)?
        var isCancelled = false
    }

    private let state = Mutex(State())
    private let free = DispatchSemaphore(value: 0)
    private let filled = DispatchSemaphore(value: 0)
    private let reading = DispatchGroup()

    /// Begins to ask. `client` is the reading thread's until `end`; nobody else may use it meanwhile.
    ///
    /// - Parameter fetch: asks for the page of this number, which rises by one.
    init<Client>(
        from first: Int, of client: Client,
        fetch: @escaping @Sendable (_ page: Int, _ client: Client) throws -> Page
    ) {
        for _ in 0..<Self.waitingMax { free.signal() }
        let lent = Lent(client)
        reading.enter()
        Thread.detachNewThread { [self] in
            read(from: first) { try fetch($0, lent.value) }
            reading.leave()
        }
    }

    private func read(from first: Int, _ fetch: (Int) throws -> Page) {
        var number = first
        var isLast = false
        while !isLast {
            free.wait()
            let isCancelled = state.withLock { state in
                if state.isCancelled { state.failure = CancellationError() }
                return state.isCancelled
            }
            if isCancelled {
                // Somebody may wait for a page.
                filled.signal()
                return
            }
            do {
                let page = try fetch(number)
                isLast = page.isLast
                state.withLock { $0.pages.append(page) }
            } catch {
                isLast = true
                state.withLock { $0.failure = error }
            }
            number += 1
            filled.signal()
        }
    }

    /// The pages that have come, in order: waits for one, and takes as many as are there, at most `takenMax`. What went
    /// wrong is thrown once all pages before it were taken. Not to be asked after the last page.
    func next() throws -> [Page] {
        filled.wait()
        var count = 1
        while count < Self.takenMax, filled.wait(timeout: .now()) == .success { count += 1 }
        let (pages, failure) = state.withLock { state in
            let pages = Array(state.pages.prefix(count))
            state.pages.removeFirst(pages.count)
            return (pages, state.failure)
        }
        for _ in pages { free.signal() }
        if pages.count < count, !pages.isEmpty { filled.signal() }
        if pages.isEmpty, let failure { throw failure }
        return pages
    }

    /// Asks for nothing more after the request that is under way. Whoever waits for a page then gets what has come, or a
    /// `CancellationError`.
    func cancel() {
        state.withLock { $0.isCancelled = true }
        free.signal()
    }

    /// Waits for the request that is under way, and gives the client back.
    func end() {
        cancel()
        reading.wait()
    }
}
