/// Writing orders, as far as the calls were seen in the field. State is simple on purpose.
extension Alleaves {
    static let linesMax = 200
    static let linePriceCentsMax: Int64 = 1_000_000

    func createOrder(_ body: JSON?) -> Response {
        guard let body, case .object = body else { return Alleaves.bad("a JSON object is expected") }
        let order = Order(
            id: world.nextOrderID, createdMilliseconds: nowMilliseconds, updatedMilliseconds: nowMilliseconds,
            customer: world.buyer(body["id_customer"]?.integer), subtotalCents: 0, taxCents: 0, totalCents: 0, seed: 0,
            basketDollars: 0, status: .pending, complete: body["complete"]?.bool ?? false)
        let position = world.append(order)
        world.lines[position] = []
        world.externals[position] = body["id_external"]?.text
        return .json(status: 201) { writeOrder(position, isAlone: true, to: &$0) }
    }

    func updateOrder(_ position: Int, _ body: JSON?) -> Response {
        guard let body else { return Alleaves.bad("a JSON object is expected") }
        world.change(position) { order in
            if let customer = body["id_customer"]?.integer { order.customer = world.buyer(customer) }
            if let complete = body["complete"]?.bool {
                order.complete = complete
                if complete { order.status = .completed }
            }
            order.touch(nowMilliseconds)
        }
        return oneOrder(position)
    }

    func addItem(_ position: Int, _ body: JSON?) -> Response {
        guard let batch = body?["id_batch"]?.integer, batch >= 0, let count = body?["qty"]?.integer,
            (1...100).contains(count)
        else { return Alleaves.bad("id_batch and qty are required") }
        let products = Catalogue.products
        let product = products.firstIndex { $0.id == batch } ?? batch % products.count
        var lines = world.lines(ofOrder: position)
        guard lines.count + count <= Alleaves.linesMax else { return Alleaves.bad("too many lines") }
        // One line per unit: the till counts so.
        for _ in 0..<count {
            lines.append(Line(id: world.nextLineID(), product: product, priceCents: products[product].priceCents))
        }
        return written(lines, position)
    }

    func overridePrice(_ position: Int, line id: Int64?, _ body: JSON?) -> Response? {
        var lines = world.lines(ofOrder: position)
        guard let place = lines.firstIndex(where: { $0.id == id }) else { return nil }
        guard let cents = body?["price_override"]?.cents, (0...Alleaves.linePriceCentsMax).contains(cents) else {
            return Alleaves.bad("price_override is required")
        }
        lines[place].priceCents = cents
        return written(lines, position)
    }

    func applyDiscount(_ position: Int, _ body: JSON?) -> Response {
        guard let id = body?["id_discount"]?.integer, let cents = Alleaves.discountCents[id] else {
            return Alleaves.bad("unknown discount")
        }
        world.change(position) { order in
            order.discountCents = min(order.subtotalCents, order.discountCents + cents)
            order.addTax()
            order.touch(nowMilliseconds)
        }
        // One client reads the order inside `order`, everything else sends it bare.
        return .json { json in
            json.object {
                $0.key("order")
                writeOrder(position, isAlone: true, to: &$0)
            }
        }
    }

    private func written(_ lines: [Line], _ position: Int) -> Response {
        world.lines[position] = lines
        world.change(position) { order in
            order.subtotalCents = Int32(lines.reduce(0) { $0 + $1.priceCents })
            order.addTax()
            order.touch(nowMilliseconds)
        }
        return oneOrder(position)
    }
}

extension World {
    /// The position of a customer id, or one of the ways to write nobody.
    func buyer(_ id: Int?) -> Int32 {
        guard let id else { return -3 }
        let position = max(id, -1) - Customer.firstID
        return customers.indices.contains(position) ? Int32(position) : id < 0 ? -2 : -1
    }
}

extension Order {
    /// Newer than before, also when two changes fall into one millisecond.
    mutating func touch(_ nowMilliseconds: Int64) {
        updatedMilliseconds = max(updatedMilliseconds + 1, nowMilliseconds)
    }
}
