import Foundation
import JSONText
import LoyaltyRules
import Secrets

/// A page of rows, read as far as it can be.
public struct PosPage<Row: Equatable & Sendable>: Equatable, ListPage {
    /// What was read.
    public var rows: [Row] = []
    /// What was not: one odd row never stops a page.
    public var unreadable: [UnreadableRow] = []
    /// Status words that we do not know, sorted, each once.
    public var unknownWords: [String] = []
    /// How many were not read, for their text is known.
    public var recognisedCount = 0
    /// What each row is called by whoever sent it; nil where it has no name.
    public var rowIDs: [String?] = []
    /// Whether no page follows.
    public var isLast: Bool

    /// Makes an empty page.
    public init(isLast: Bool) { self.isLast = isLast }
}

/// A page of a list, which tells whether another follows.
public protocol ListPage: Sendable {
    /// Whether no page follows.
    var isLast: Bool { get }
    /// What each row is called by whoever sent it; nil where it has no name.
    var rowIDs: [String?] { get }
}

extension ListPage {
    /// Refuses to be the page after `last` if it is the same: a server that overlooks the number of a page would answer
    /// the first one for ever.
    public func refuseRepetition(of last: Self?) throws(ConnectorError) {
        guard let last, !rowIDs.isEmpty, rowIDs == last.rowIDs else { return }
        throw ConnectorError.notUnderstood(what: "list", shapeFingerprint: "the same page twice")
    }
}

/// A page of orders whose rows are still to be read: that needs no client, so another thread may do it.
public struct UnreadOrderPage: ListPage {
    private let rows: [JSONValue]
    public let rowIDs: [String?]
    public let isLast: Bool

    fileprivate init(_ rows: [JSONValue], ids: [String?], isLast: Bool) {
        self.rows = rows
        rowIDs = ids
        self.isLast = isLast
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

/// Reads a shop's locations, customers and orders from Alleaves. One per thread of a run: it counts the requests lost.
///
/// All calls throw `ConnectorError`, after two losses in a row `SourceLost`, and `Stopped` when the process is to end.
public final class AlleavesClient {
    /// Rows of a page; the largest that is proven.
    public static let pageSize = 100

    let address: ServiceAddress
    let session: AlleavesSession
    private let pagesMax: Int

    /// Makes a client. `limit` is the tenant's, shared with all that call Alleaves for it; beyond `pagesMax` pages a
    /// list is taken for one that never ends.
    public convenience init(
        baseURL: URL, credentials: AlleavesCredentials, transport: any HTTPTransport, limit: RateLimit,
        retry: Retry = Retry(), clock: ConnectorClock = .live(), pagesMax: Int = 200_000
    ) {
        let address = ServiceAddress(base: baseURL)
        let source = Source(name: "Alleaves", transport: transport, limit: limit, retry: retry, clock: clock)
        self.init(address, AlleavesSession(credentials, at: address, by: source), pagesMax: pagesMax)
    }

    private init(_ address: ServiceAddress, _ session: AlleavesSession, pagesMax: Int) {
        self.address = address
        self.session = session
        self.pagesMax = pagesMax
    }

    /// A client of the same run for another thread, which shares the token; nil where requests are limited, and so one
    /// at a time.
    public func companion() -> AlleavesClient? {
        session.companion().map { AlleavesClient(address, $0, pagesMax: pagesMax) }
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
        let idNames: [StaticString] = ["id_customer"]
        let rows = try rows(request, list: "customers", page: page, names: ["customers", "data"], idNames: idNames)
        var result = CustomerPage(isLast: rows.count < Self.pageSize)
        result.rowIDs = rows.map { $0.firstText(of: idNames) }
        for row in rows {
            do throws(UnreadableRow) {
                result.rows.append(try PosCustomer(row: row))
            } catch {
                result.unreadable.append(error)
            }
        }
        return result
    }

    /// Page number `page`, from 1, of the orders created from `from` to `to`. Whether Alleaves counts the last day in,
    /// and by whose midnight, is unknown: ask for a day more on each side.
    public func orders(from: Day, to: Day, page: Int) throws -> UnreadOrderPage {
        let url = try address.url(
            ["order"],
            query: [
                ("page", String(page)), ("pageSize", String(Self.pageSize)), ("startDate", from.description),
                ("endDate", to.description),
            ])
        let idNames: [StaticString] = ["id_order", "id"]
        let rows = try rows(
            OutboundRequest(method: "GET", url: url), list: "orders", page: page,
            names: ["orders", "data", "results"], idNames: idNames)
        return UnreadOrderPage(rows, ids: rows.map { $0.firstText(of: idNames) }, isLast: rows.count < Self.pageSize)
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

    private func rows(
        _ request: OutboundRequest, list: String, page: Int, names: [StaticString], idNames: [StaticString]
    ) throws -> [JSONValue] {
        guard page <= pagesMax else { throw ConnectorError.tooLarge }
        return try session.call(request) { answer in
            try alleavesRows(answer, what: list, names: names, idNames: idNames)
        }
    }
}

extension JSONValue {
    /// The first of these members that has a text; nil when none has.
    fileprivate func firstText(of names: [StaticString]) -> String? {
        names.lazy.compactMap { self[$0]?.text }.first
    }
}
