import Connectors
import Foundation
import LoyaltyRules
import LoyaltyStore

/// What Alleaves and Alpine IQ know in a test, and how they write it.
struct World: Sendable {
    var buyers: [Buyer] = []
    var sales: [Sale] = []
    var people: [Person] = []
    /// Rows of a page of persons, however many are asked for.
    var peoplePerPage = 100

    struct Buyer: Sendable {
        var id: Int
        var phone: String?
        var email: String?
        var code: String?
        /// Sent instead of the row.
        var raw: String?

        var json: String {
            raw
                ?? """
                {"id_customer":\(id),"name_first":"Ada","name_last":"Number \(id)","phone":\(quoted(phone)),\
                "email":\(quoted(email)),"alpine_user_code":\(quoted(code))}
                """
        }
    }

    struct Sale: Sendable {
        var id: Int
        /// Nil: anonymous.
        var buyer: Int?
        var cents: Int64
        var at: Instant
        var status = "completed"
        var updated: Instant?
        var external: Int?
        /// Sent instead of the row.
        var raw: String?

        init(_ id: Int, _ buyer: Int?, _ cents: Int64, at: Instant = .now().advanced(bySeconds: -10 * 86_400)) {
            self.id = id
            self.buyer = buyer
            self.cents = cents
            self.at = at
        }

        var json: String {
            let dollars = "\(cents < 0 ? "-" : "")\(abs(cents) / 100).\(String(100 + abs(cents) % 100).dropFirst())"
            return raw
                ?? """
                {"id_order":\(id),"id_customer":\(buyer.map(String.init) ?? "0"),"total":"\(dollars)","status":"\(status)",\
                "complete":\(status == "completed"),"id_external":\(external.map { "\"\($0)\"" } ?? "null"),\
                "date_created":"\(at)","date_updated":"\(updated ?? at)"}
                """
        }
    }

    struct Person: Sendable {
        var contact: String
        var platform = "alleaves"
        var srcID: Int?
        var phone: String?
        var email: String?
        /// As JSON; nil: the field is missing.
        var points: String?
        var isMember = true
        var isHidden = false

        var json: String {
            """
            {"contactID":"\(contact)","srcID":\(quoted(srcID.map(String.init))),"platform":"\(platform)",\
            "mobilePhone":\(quoted(phone)),"email":\(quoted(email)),"loyalty":\(isMember),\
            \(isHidden ? "\"hidePointsInWallet\":true," : "")\(points.map { "\"loyaltyPoints\":\($0)," } ?? "")"inserted":1}
            """
        }
    }

    /// 150 customers and 250 sales of the last 24 days, from 1 to 250 dollars; Alpine knows everybody and agrees.
    /// Customer `1000 + n` has sales `1 + n` and, up to 99, `151 + n`.
    static func standard(now: Instant = .now()) -> World {
        var world = World()
        for number in 0..<150 { world.buyers.append(Buyer(id: 1_000 + number)) }
        for number in 0..<250 {
            let at = now.advanced(bySeconds: -Int64(number + 48) * 3_600 * 2)
            world.sales.append(Sale(1 + number, 1_000 + number % 150, Int64(number + 1) * 100 + 50, at: at))
        }
        world.agree()
        return world
    }

    /// Makes Alpine know every buyer and say what we compute.
    mutating func agree() {
        people = buyers.map { Person(contact: "c\($0.id)", srcID: $0.id, points: "\(points(of: $0.id))") }
    }

    /// What the completed sales of a buyer earn by default settings, told apart from the product's code.
    func points(of buyer: Int) -> Int64 {
        sales.filter { $0.buyer == buyer && $0.cents >= 0 && $0.status == "completed" && $0.raw == nil }
            .reduce(0) { $0 + $1.cents / 100 }
    }

    subscript(sale id: Int) -> Sale {
        get { sales.first { $0.id == id } ?? Sale(id, nil, 0) }
        set { if let index = sales.firstIndex(where: { $0.id == id }) { sales[index] = newValue } }
    }

    subscript(person contact: String) -> Person {
        get { people.first { $0.contact == contact } ?? Person(contact: contact) }
        set { if let index = people.firstIndex(where: { $0.contact == contact }) { people[index] = newValue } }
    }
}

/// As a JSON string, or `null`.
private func quoted(_ text: String?) -> String { text.map { "\"\($0)\"" } ?? "null" }

/// What a third party is asked.
enum Call: Hashable, Sendable {
    case signIn
    case locations
    case customers(page: Int)
    case orders(page: Int, from: String, to: String)
    case order(String)
    case people(start: Int)
    case person(String)
    case search(String)
    case other(String)

    var isAlpine: Bool {
        switch self {
        case .people, .person, .search: true
        default: false
        }
    }

    var isList: Bool {
        switch self {
        case .customers, .orders, .people: true
        default: false
        }
    }

    init(_ request: OutboundRequest) {
        let items = URLComponents(url: request.url, resolvingAgainstBaseURL: false)?.queryItems ?? []
        func value(_ name: String) -> String { items.first { $0.name == name }?.value ?? "" }
        let path = request.url.path()
        let parts = path.split(separator: "/").map(String.init)
        switch (parts.first, parts.dropFirst().first) {
        case ("pos", "auth"): self = .signIn
        case ("pos", "location"): self = .locations
        case ("pos", "customer"): self = .customers(page: Self.page(in: request.body))
        case ("pos", "order") where parts.count == 2:
            self = .orders(page: Int(value("page")) ?? 0, from: value("startDate"), to: value("endDate"))
        case ("pos", "order") where parts.count == 3 && request.method == "GET": self = .order(parts[2])
        case ("alpine", "v1.1") where parts.count == 5: self = .person(parts[4])
        case ("alpine", "v1.1") where !value("search").isEmpty: self = .search(value("search"))
        case ("alpine", "v1.1"): self = .people(start: Int(value("start")) ?? 0)
        default: self = .other("\(request.method) \(path)")
        }
    }

    private static func page(in body: Data?) -> Int {
        do { return try JSONDecoder().decode([String: Int].self, from: body ?? Data())["page"] ?? 0 } catch { return 0 }
    }
}

extension World {
    func answer(to call: Call) -> OutboundAnswer {
        switch call {
        case .signIn: .json(#"{"token":"opaque"}"#)
        case .locations:
            .json(#"[{"id_location":1,"location":"Main Street","timezone":"America/New_York","active":true}]"#)
        case .customers(let page):
            .json(numbered(rows(buyers.map(\.json), page: page)))
        case .orders(let page, let from, let to):
            .json(
                list(rows(sales.filter { (from...to).contains(String("\($0.at)".prefix(10))) }.map(\.json), page: page))
            )
        case .order(let id):
            sales.first { "\($0.id)" == id }.map { .json($0.json) } ?? .json("Not Found", status: 404)
        case .people(let start): .json(peoplePage(people.dropFirst(start).prefix(peoplePerPage), start: start))
        case .search(let text):
            .json(peoplePage(people.filter { $0.json.contains(text) }[...], start: 0))
        case .person(let contact):
            people.first { $0.contact == contact }.map { .json(#"{"success":true,"data":\#($0.json)}"#) }
                ?? .json(#"{"success":false,"errors":[{"message":"none"}]}"#, status: 404)
        case .other: .json("{}", status: 404)
        }
    }

    private func rows(_ rows: [String], page: Int) -> [String] { Array(rows.dropFirst((page - 1) * 100).prefix(100)) }
    private func list(_ rows: [String]) -> String { "[\(rows.joined(separator: ","))]" }
    private func numbered(_ rows: [String]) -> String {
        "{\(rows.enumerated().map { "\"\($0)\":\($1)" }.joined(separator: ","))}"
    }

    private func peoplePage(_ rows: ArraySlice<Person>, start: Int) -> String {
        """
        {"success":true,"data":{"start":\(start),"limit":\(peoplePerPage),"size":\(rows.count),"total":\(people.count),\
        "results":\(rows.isEmpty ? "null" : list(rows.map(\.json)))}}
        """
    }
}
