import Foundation
import JSONText
import LoyaltyRules

/// Reads persons and points from Alpine IQ and tells it of ours. One per run, on one thread: it counts the requests
/// lost.
///
/// All calls throw `ConnectorError`, after two losses in a row `SourceLost`, and `Stopped` when the process is to end.
public final class AlpineClient {
    /// Rows of a page of personas; the documented range is 100 to 2,000.
    public static let pageSize = 1_000
    /// Seconds for one person's answer; lists and windows get the full time of the retry policy.
    private static let shortSeconds = 15
    /// Pages of a search that are read before it is given up as too vague.
    private static let searchPagesMax = 10

    private let address: ServiceAddress
    private let credentials: AlpineCredentials
    private let source: Source

    /// Makes a client. `limit` is the tenant's, shared with all that call Alpine for it.
    public init(
        baseURL: URL, credentials: AlpineCredentials, transport: any HTTPTransport, limit: RateLimit,
        retry: Retry = Retry(), clock: ConnectorClock = .live()
    ) {
        address = ServiceAddress(base: baseURL)
        self.credentials = credentials
        source = Source(name: "Alpine IQ", transport: transport, limit: limit, retry: retry, clock: clock)
    }

    /// The personas from row `start`, from 0. Blocklisted ones are not listed, so that absent does not mean deleted.
    public func personas(
        start: Int, limit: Int = AlpineClient.pageSize, sort: PersonaOrder = .id
    ) throws -> PersonaPage {
        try page(start: start, limit: limit, query: [("sort", sort.rawValue), ("dir", "asc")], seconds: 30)
    }

    /// One persona; nil when Alpine has none of that id, which it is expected to say in any of three ways.
    public func persona(contactID: String) throws -> Persona? {
        let request = try request("GET", ["v1.1", "piis", credentials.uid, contactID], seconds: Self.shortSeconds)
        return try optional {
            try source.call(request) { answer in try alpineData(answer, what: "person").map { try Persona(row: $0) } }
        }
    }

    /// The personas that carry exactly this; the search itself is fuzzy.
    public func search(_ search: PersonaSearch) throws -> [Persona] {
        var found: [Persona] = []
        var start: Int? = 0
        for _ in 0..<Self.searchPagesMax {
            guard let from = start else { return found }
            let page = try page(
                start: from, limit: 100, query: [("sort", "id"), ("dir", "asc"), ("search", search.text)],
                seconds: Self.shortSeconds)
            found += page.rows.filter(search.matches)
            start = page.nextStart
        }
        guard start == nil else { throw ConnectorError.tooLarge }
        return found
    }

    /// The wallet of whoever has this phone or e-mail; nil for nobody.
    public func wallet(_ owner: WalletOwner) throws -> AlpineWallet? {
        let body =
            switch owner {
            case .phone(let phone): ["phone": nationalDigits(phone)]
            case .email(let email): ["email": email]
            }
        let request = try request(
            "POST", ["v2", "wallet"], body: try JSONEncoder().encode(body), seconds: Self.shortSeconds)
        return try optional {
            try source.call(request) { answer in
                guard let data = try alpineData(answer, what: "wallet") else { return nil }
                guard data.kind == .object else {
                    throw ConnectorError.notUnderstood(what: "wallet", shapeFingerprint: data.shapeFingerprint)
                }
                return AlpineWallet(contactID: data.words("contactID", count: 64), figure: alpineFigure(data))
            }
        }
    }

    /// The program's settings.
    public func program() throws -> AlpineProgram {
        let request = try request("GET", ["v2", "loyalty", "default", credentials.uid], seconds: Self.shortSeconds)
        return try source.call(request) { answer in
            guard let data = try alpineData(answer, what: "program"), data.kind == .object else {
                throw ConnectorError.notUnderstood(what: "program", shapeFingerprint: "no object")
            }
            var hidesPoints: Bool?
            do { hidesPoints = try data.flag("hidePointsInWallet") } catch { hidesPoints = nil }
            return AlpineProgram(name: data.words("name"), hidesPoints: hidesPoints)
        }
    }

    /// Adds points, or takes them when negative. Alpine has no idempotency, so this is sent again only where nothing
    /// can have been done; an error whose `leavesWriteUnclear` is true is settled by looking for `note` among the
    /// adjustments. So are a `SourceLost` that has it and a `Stopped`.
    public func adjust(contactID: String, value: Int64, note: String) throws {
        struct Adjustment: Encodable {
            var value: Int64
            var note: String
        }
        var request = try request(
            "PUT", ["v1.1", "adjust", "loyaltyPoints", credentials.uid, contactID],
            body: try JSONEncoder().encode(Adjustment(value: value, note: note)), seconds: 30)
        request.isRepeatable = false
        try source.call(request) { answer in
            // The form of this answer is not known: only what says no is a no.
            if answer.body.isEmpty { return }
            try refuseFailure(try answer.document(of: "adjustment"))
        }
    }

    /// The adjustments from `from` to `to`, whole seconds, one more on each side: whether Alpine counts its bounds in
    /// is unknown. There are no pages: ask for short windows.
    public func adjustments(from: Instant, to: Instant) throws -> AlpineAdjustments {
        var result = AlpineAdjustments()
        for row in try adjustmentRows(from: from, to: to) {
            do throws(UnreadableRow) {
                result.rows.append(try AlpineAdjustment(row: row))
            } catch {
                result.unreadable.append(error)
            }
        }
        return result
    }

    /// Whether an adjustment by `value` whose note was `note` is among those of a window.
    public func lookForAdjustment(
        note: String, value: Int64, from: Instant, to: Instant
    ) throws -> AdjustmentPresence {
        AdjustmentPresence(of: note, value: value, among: try adjustmentRows(from: from, to: to))
    }

    private func adjustmentRows(from: Instant, to: Instant) throws -> [JSONValue] {
        let request = try request(
            "GET",
            [
                "v1.1", "adjustments", credentials.uid, String(from.secondsSince1970 - 1),
                String(to.secondsSince1970 + 1),
            ], seconds: 30)
        return try source.call(request) { answer in
            guard let data = try alpineData(answer, what: "adjustments") else { return [] }
            guard let rows = data.elements else {
                throw ConnectorError.notUnderstood(what: "adjustments", shapeFingerprint: data.shapeFingerprint)
            }
            return rows
        }
    }

    private func page(
        start: Int, limit: Int, query: [(name: String, value: String)], seconds: Int
    ) throws -> PersonaPage {
        let request = try request(
            "GET", ["v1.1", "piis", credentials.uid],
            query: [("start", String(start)), ("limit", String(limit))] + query, seconds: seconds)
        return try source.call(request) { answer in
            try PersonaPage(data: alpineData(answer, what: "people"), start: start, limit: limit)
        }
    }

    private func request(
        _ method: String, _ path: [String], query: [(name: String, value: String)] = [], body: Data? = nil,
        seconds: Int
    ) throws(ConnectorError) -> OutboundRequest {
        guard isHeaderValue(credentials.apiKey) else { throw ConnectorError.refusedCredentials }
        return OutboundRequest(
            method: method, url: try address.url(path, query: query), headers: ["X-APIKEY": credentials.apiKey],
            body: body, timeoutSeconds: seconds)
    }

    /// Nil where Alpine says that there is no such person, by 404 or 400.
    private func optional<Value>(_ body: () throws -> Value?) throws -> Value? {
        do {
            return try body()
        } catch ConnectorError.notFound {
            return nil
        } catch ConnectorError.rejected(status: 400) {
            return nil
        }
    }
}

extension PersonaPage {
    /// Reads `data`: an object whose `results` may be `null`, or nothing at all past the end.
    init(data: JSONValue?, start: Int, limit: Int) throws(ConnectorError) {
        guard let data else { return }
        let list = data.kind == .array ? data : data.member("results")
        guard let list, let rows = list.kind == .null ? [] : list.elements else {
            throw ConnectorError.notUnderstood(what: "people", shapeFingerprint: data.shapeFingerprint)
        }
        guard rows.isEmpty || rows.contains(where: { $0["contactID"] != nil }) else {
            throw ConnectorError.notUnderstood(what: "people", shapeFingerprint: list.shapeFingerprint)
        }
        for row in rows {
            do throws(UnreadableRow) {
                self.rows.append(try Persona(row: row))
            } catch {
                unreadable.append(error)
            }
        }
        // A server that gives fewer than asked says so: its page is full at its own limit.
        let echo = data["limit"]?.text.flatMap { wholePart(of: $0) }.flatMap { Int(exactly: $0) } ?? limit
        let size = data["size"]?.text.flatMap { wholePart(of: $0) }.flatMap { Int(exactly: $0) } ?? 0
        let isFull = max(size, rows.count) >= (echo > 0 ? min(echo, limit) : limit)
        nextStart = rows.isEmpty || !isFull ? nil : start + rows.count
    }
}

extension PersonaSearch {
    /// What is sent.
    var text: String {
        switch self {
        case .phone(let phone): nationalDigits(phone)
        case .email(let email): email
        case .srcID(let id): id
        }
    }

    /// Whether a persona carries exactly this.
    func matches(_ persona: Persona) -> Bool {
        switch self {
        case .phone(let phone): persona.phone == phone || persona.homePhone == phone
        case .email(let email): persona.email != nil && persona.email == comparableEmail(email)
        case .srcID(let id): persona.srcID.map { Array($0.utf8) == Array(id.utf8) } ?? false
        }
    }
}

/// Ten digits for the US, as Alpine writes them; else all digits.
private func nationalDigits(_ phone: Phone) -> String {
    let isUS = phone.e164.hasPrefix("+1") && phone.e164.utf8.count == 12
    return String(phone.e164.dropFirst(isUS ? 2 : 1))
}
