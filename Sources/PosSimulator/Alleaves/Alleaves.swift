import Foundation

/// The point of sale. Shapes are those that were seen in the field; where nothing is known the choice is in
/// docs/simulator.md.
struct Alleaves {
    let world: World
    let tokens: Tokens
    let effects: Effects
    let nowMilliseconds: Int64
    static let location: Int64 = 1_000

    func answer(_ request: Request) -> Response {
        let path = request.path.dropFirst(2)
        if path.first == "auth", path.count == 1, request.method == "POST" { return signIn(request) }
        guard tokens.accepts(request.authorization, nowSeconds: nowMilliseconds / 1_000) else {
            return .json(status: 401) { $0.object { $0.field("message", "Unauthorized") } }
        }
        return routed(request, Array(path)) ?? .text(status: 404, "Not Found")
    }

    private func routed(_ request: Request, _ path: [String]) -> Response? {
        let body = request.json()
        switch (request.method, path.count, path.first) {
        case ("GET", 1, "location"): return locations()
        case ("POST", 2, "customer") where path[1] == "search": return customers(body)
        case ("POST", 1, "customer"): return createCustomer(body)
        case ("GET", 1, "order"): return orders(request)
        case ("POST", 1, "order"): return createOrder(body)
        case ("GET", 1, "discount"): return discounts()
        case ("POST", 2, "inventory") where path[1] == "search": return inventory()
        case (_, 2..., "order"): return order(request.method, path, body)
        default: return nil
        }
    }

    private func order(_ method: String, _ path: [String], _ body: JSON?) -> Response? {
        guard let id = Int64(path[1]), let position = world.visiblePosition(ofOrder: id) else { return nil }
        switch (method, path.count, path.count > 2 ? path[2] : "") {
        case ("GET", 2, _): return oneOrder(position)
        case ("PUT", 2, _): return updateOrder(position, body)
        case ("POST", 3, "item"): return addItem(position, body)
        case ("PUT", 4, "item"): return overridePrice(position, line: Int64(path[3]), body)
        case ("POST", 3, "discount"): return applyDiscount(position, body)
        default: return nil
        }
    }

    static func bad(_ words: String) -> Response {
        .json(status: 400) { $0.object { $0.field("error", words) } }
    }

    private func signIn(_ request: Request) -> Response {
        let basic = Tokens.basic(request.authorization)
        let body = request.json() ?? .null
        let user = basic?.user ?? body["username"]?.text
        guard Tokens.isKnown(user: user, password: basic?.password ?? body["password"]?.text) else {
            return .json(status: 401) { $0.object { $0.field("message", "Invalid credentials") } }
        }
        return .json { json in
            json.object {
                $0.field("id_user", 1)
                $0.field("name_first", "Api")
                $0.field("name_last", "User")
                $0.field("username", user)
                $0.field("id_company", 1_000)
                $0.field("company", "demo")
                $0.field("token", tokens.issue(nowSeconds: nowMilliseconds / 1_000))
            }
        }
    }

    // MARK: Customers

    private func customers(_ body: JSON?) -> Response {
        guard let page = body?["page"]?.integer, let size = body?["pageSize"]?.integer,
            (1...10_000_000).contains(page), (1...1_000).contains(size)
        else { return Alleaves.bad("page and pageSize are required") }
        let count = effects.isEmpty ? 0 : world.customers.count
        let start = min((page - 1) * size, count)
        let rows = start..<min(start + size, count)
        return .json { json in
            switch effects.shape {
            case "array": json.array { write(rows, to: &$0) }
            case "customers": json.object { $0.array("customers") { write(rows, to: &$0) } }
            case "data": json.object { $0.array("data") { write(rows, to: &$0) } }
            case "unknown": json.object { $0.object("result") { $0.array("rows") { write(rows, to: &$0) } } }
            default:
                json.object { json in
                    for (number, row) in rows.enumerated() {
                        json.key(String(number))
                        writeCustomer(row, to: &json)
                    }
                }
            }
        }
    }

    private func write(_ rows: Range<Int>, to json: inout JSONWriter) {
        for row in rows { writeCustomer(row, to: &json) }
    }

    static func writeID(_ position: Int, to json: inout JSONWriter) {
        let id = Customer.firstID + position
        json.key("id_customer")
        // Some accounts send ids as text.
        if position % 41 == 40 { json.string(String(id)) } else { json.integer(Int64(id)) }
    }

    func writeCustomer(_ position: Int, to json: inout JSONWriter) {
        let customer = world.customers[position]
        let text = world.text(ofCustomer: position)
        json.object { json in
            Alleaves.writeID(position, to: &json)
            json.field("name_first", text.firstName)
            json.field("name_last", text.lastName)
            json.field("email", text.email)
            json.field("phone", text.phone)
            guard !customer.isGuest else { return }
            let name = "\(text.firstName ?? "") \(text.lastName ?? "")"
            json.field("full_name", name)
            json.field("customer_name", name)
            json.null("phone2")
            json.field("date_of_birth", text.birthDate)
            json.field("city", Names.cities[position % Names.cities.count])
            json.field("state", "NY")
            let since = CivilTime.iso(milliseconds: customer.createdMilliseconds)
            json.field("customer_since", since)
            json.field("date_created", since)
            json.field("loyalty_points", 0)
            if position % 3 != 0 {
                json.dollars("total_spent", cents: customer.spentCents, asText: position % 2 == 0)
                json.field("order_count", customer.orderCount)
                let last = customer.lastOrderMilliseconds
                json.field("last_order_date", last > 0 ? CivilTime.iso(milliseconds: last) : nil)
            }
            json.field("alpine_user_code", text.code)
            json.null("springbig_user_code")
            json.field("credit_balance", 0)
        }
    }

    private func createCustomer(_ body: JSON?) -> Response {
        guard let body, case .object = body else { return Alleaves.bad("a JSON object is expected") }
        let position = world.addCustomer(body, nowMilliseconds: nowMilliseconds)
        return .json(status: 201) { writeCustomer(position, to: &$0) }
    }
}

extension World {
    /// A new customer with the texts of a JSON body; nobody in Alpine yet.
    func addCustomer(_ body: JSON, nowMilliseconds: Int64) -> Int {
        let position = customers.count
        customers.append(Customer(firstName: 0, lastName: 0, kind: .plain, createdMilliseconds: nowMilliseconds))
        customerTexts[position] = CustomerText(
            firstName: body["name_first"]?.text, lastName: body["name_last"]?.text, phone: body["phone"]?.text,
            email: body["email"]?.text, birthDate: body["date_of_birth"]?.text, code: body["alpine_user_code"]?.text)
        version += 1
        return position
    }
}
