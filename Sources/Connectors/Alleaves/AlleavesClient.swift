import Foundation
import JSONText
import LoyaltyRules
import Secrets

/// A page of rows, read as far as it can be.
public struct PosPage<Row: Equatable & Sendable>: Equatable, Sendable {
    /// What was read.
    public var rows: [Row] = []
    /// What was not: one odd row never stops a page.
    public var unreadable: [UnreadableRow] = []
    /// Status words that we do not know, sorted, each once.
    public var unknownWords: [String] = []
    /// How many were not read, for their text is known.
    public var recognisedCount = 0
    /// Whether no page follows.
    public var isLast: Bool

    /// Makes an empty page.
    public init(isLast: Bool) { self.isLast = isLast }
}

/// A page of a list, which tells whether another is to be asked for.
public protocol ListPage: Sendable {
    /// Whether no page follows.
    var isLast: Bool { get }
}

extension PosPage: ListPage where Row == PosCustomer {}

/// A page of orders that was asked for once, and not opened. While it is opened the next can be asked for: later than
/// this one was answered, so that an order which moves to the next page meanwhile is seen there.
public struct UnopenedOrderPage: Sendable {
    /// Its number, from 1.
    public let number: Int
    fileprivate let begun: AlleavesSession.Begun

    /// Whether an answer has come that is long enough for a full page: each row takes eight bytes at least, `{"id":1}`.
    public var mayBeFull: Bool {
        do { return try begun.first.answer().body.count >= 8 * AlleavesClient.pageSize } catch { return false }
    }

    /// The page; nil where what has come is none: `AlleavesClient.finish` asks again then, or tells what is wrong.
    /// Needs no client, so another thread may do it.
    public func opened() -> UnreadOrderPage? {
        do { return try UnreadOrderPage(begun.first.answer()) } catch { return nil }
    }
}

/// A page of orders whose rows are still to be read: that needs no client, so another thread may do it.
public struct UnreadOrderPage: ListPage {
    private let rows: [JSONValue]
    public let isLast: Bool

    private static let idNames: [StaticString] = ["id_order", "id"]

    fileprivate init(_ answer: OutboundAnswer) throws(ConnectorError) {
        rows = try alleavesRows(
            answer, what: "orders", names: ["orders", "data", "results"], idNames: Self.idNames)
        isLast = rows.count < AlleavesClient.pageSize
    }

    /// Refuses to be the page after `last` if it is the same: a server that overlooks the number of a page would answer
    /// the first one for ever.
    public func refuseRepetition(of last: UnreadOrderPage?) throws(ConnectorError) {
        guard let last, !rows.isEmpty, rows.count == last.rows.count else { return }
        let isSame = zip(rows, last.rows).allSatisfy { row, before in
            row.firstText(of: Self.idNames) == before.firstText(of: Self.idNames)
        }
        if isSame { throw ConnectorError.samePageTwice(of: "orders") }
    }

    /// Reads each row but those of which `isKnown` knows the text. What is to be told of at each reading has no digest:
    /// what takes something back, what may be another order's second face, a status word that is not known.
    public func read(unless isKnown: (WireDigest) -> Bool = { _ in false }) -> OrderPage {
        var result = OrderPage(isLast: isLast)
        var words: Set<String> = []
        for row in rows {
            let digest = row.withText(WireDigest.init(of:))
            if isKnown(digest) {
                result.recognisedCount += 1
                continue
            }
            let payload = AlleavesOrderPayload(row: row)
            do throws(UnreadableRow) {
                var revision = try payload.revision()
                let word = payload.unknownWord
                if let word { words.insert(word) }
                if word == nil, revision.total >= .zero, revision.externalID == nil { revision.wireDigest = digest }
                result.rows.append(revision)
            } catch {
                result.unreadable.append(error)
            }
        }
        result.unknownWords = words.sorted()
        return result
    }
}

extension WireDigest {
    /// Of an order's text. The number rises when the same text may be read as another order than before; a migration then
    /// forgets the digests that are stored.
    fileprivate init(of text: UnsafeBufferPointer<UInt8>) {
        self.init(rawValue: BLAKE2b.digest128(text, key: Self.key))
    }

    private static let key = Array("Alleaves order 1".utf8)
}

/// A page of customers.
public typealias CustomerPage = PosPage<PosCustomer>
/// A page of orders.
public typealias OrderPage = PosPage<OrderRevision>

/// Reads a shop's locations, customers and orders from Alleaves. One per run, on one thread: it keeps the token and
/// counts the requests lost.
///
/// All calls throw `ConnectorError`, after two losses in a row `SourceLost`, and `Stopped` when the process is to end.
public final class AlleavesClient {
    /// Rows of a page; the largest that is proven.
    public static let pageSize = 100

    let address: ServiceAddress
    let session: AlleavesSession
    private let pagesMax: Int
    private var lastCustomers: (page: Int, ids: [String?])?

    /// Makes a client. `limit` is the tenant's, shared with all that call Alleaves for it; beyond `pagesMax` pages a
    /// list is taken for one that never ends.
    public init(
        baseURL: URL, credentials: AlleavesCredentials, transport: any HTTPTransport, limit: RateLimit,
        retry: Retry = Retry(), clock: ConnectorClock = .live(), pagesMax: Int = 200_000
    ) {
        address = ServiceAddress(base: baseURL)
        let source = Source(name: "Alleaves", transport: transport, limit: limit, retry: retry, clock: clock)
        session = AlleavesSession(credentials: credentials, address: address, source: source)
        self.pagesMax = pagesMax
    }

    /// The stores that the user may see. The answer carries other parties' secrets: all but four fields are dropped.
    public func locations() throws -> [PosLocation] {
        let request = OutboundRequest(method: "GET", url: try address.url(["location"]))
        return try session.call(request) { answer in
            try alleavesRows(answer, what: "locations", names: ["locations", "data"], idNames: ["id_location"])
                .compactMap { row in
                    // A store that cannot be read is missing from the list, where the owner sees it.
                    do { return try PosLocation(row: row) } catch { return nil }
                }
        }
    }

    /// Page number `page`, from 1, of all customers.
    public func customers(page: Int) throws -> CustomerPage {
        let request = OutboundRequest(
            method: "POST", url: try address.url(["customer", "search"]),
            body: try JSONEncoder().encode(["page": page, "pageSize": Self.pageSize]))
        try requireLikely(page)
        let idNames: [StaticString] = ["id_customer"]
        let rows = try session.call(request) { answer in
            try alleavesRows(answer, what: "customers", names: ["customers", "data"], idNames: idNames)
        }
        let ids = rows.map { $0.firstText(of: idNames) }
        if let last = lastCustomers, last.page == page - 1, !ids.isEmpty, last.ids == ids {
            throw ConnectorError.samePageTwice(of: "customers")
        }
        lastCustomers = (page, ids)
        var result = CustomerPage(isLast: rows.count < Self.pageSize)
        for row in rows {
            do throws(UnreadableRow) {
                result.rows.append(try PosCustomer(row: row))
            } catch {
                result.unreadable.append(error)
            }
        }
        return result
    }

    /// Whether more than one request may be under way.
    public var isUnlimited: Bool { session.isUnlimited }

    /// Page number `page`, from 1, of the orders created from `from` to `to`. Whether Alleaves counts the last day in,
    /// and by whose midnight, is unknown: ask for a day more on each side. That two pages are not the same is the caller's
    /// to see (`UnreadOrderPage.refuseRepetition`).
    public func orders(from: Day, to: Day, page: Int) throws -> UnreadOrderPage {
        try finish(beginOrders(from: from, to: to, page: page))
    }

    /// Asks for a page, once; one that no use is made of counts for nothing, lost or not.
    public func beginOrders(from: Day, to: Day, page: Int) throws -> UnopenedOrderPage {
        try requireLikely(page)
        let url = try address.url(
            ["order"],
            query: [
                ("page", String(page)), ("pageSize", String(Self.pageSize)), ("startDate", from.description),
                ("endDate", to.description),
            ])
        return UnopenedOrderPage(number: page, begun: try session.begin(OutboundRequest(method: "GET", url: url)))
    }

    /// Opens a page, and asks for it again where that fails.
    public func finish(_ page: UnopenedOrderPage) throws -> UnreadOrderPage {
        try session.finish(page.begun) { try UnreadOrderPage($0) }
    }

    /// One order; nil when Alleaves has none of that id. Throws `UnreadableRow` when it cannot be read.
    public func order(id: String) throws -> OrderRevision? {
        do {
            let url = try address.url(["order", id])
            return try session.call(OutboundRequest(method: "GET", url: url)) { answer in
                let root = try answer.document(of: "order")
                if hasErrorMember(root) { throw ConnectorError.rejected(status: answer.status) }
                let row = root.member("order") ?? root
                guard row["id_order", "id"] != nil else {
                    throw isApplicationError(root)
                        ? ConnectorError.rejected(status: answer.status)
                        : ConnectorError.notUnderstood(what: "order", shapeFingerprint: root.shapeFingerprint)
                }
                let revision = try AlleavesOrderPayload(row: row).revision()
                guard revision.posOrderID == id else {
                    throw ConnectorError.notUnderstood(what: "order", shapeFingerprint: "the order of another id")
                }
                return revision
            }
        } catch ConnectorError.notFound {
            return nil
        }
    }

    private func requireLikely(_ page: Int) throws(ConnectorError) {
        if page > pagesMax { throw ConnectorError.tooLarge }
    }
}

extension ConnectorError {
    fileprivate static func samePageTwice(of list: String) -> ConnectorError {
        .notUnderstood(what: list, shapeFingerprint: "the same page twice")
    }
}

extension JSONValue {
    /// The first of these members that has a text; nil when none has.
    fileprivate func firstText(of names: [StaticString]) -> String? {
        names.lazy.compactMap { self[$0]?.text }.first
    }
}
