/// Reading orders.
extension Alleaves {
    func orders(_ request: Request) -> Response {
        let today = CivilTime.localDay(at: nowMilliseconds / 1_000)
        let end = request.query["endDate"].map { CivilTime.day(parsing: $0) } ?? today
        // Without dates the real one shows a few days only.
        let start = request.query["startDate"].map { CivilTime.day(parsing: $0) } ?? today - 6
        let page = request.query["page"].map { Int($0) } ?? 1
        let size = request.query["pageSize"].map { Int($0) } ?? 100
        guard let start, let end, let page, let size, (1...10_000_000).contains(page), (1...1_000).contains(size) else {
            return Alleaves.bad("dates are YYYY-MM-DD, page and pageSize numbers")
        }
        let low = world.place(ofDate: CivilTime.utc(localDay: start, second: 0) * 1_000)
        let high = max(low, world.place(ofDate: CivilTime.utc(localDay: end + 1, second: 0) * 1_000))
        let first = high - 1 - (page - 1) * size
        var json = JSONWriter(reserving: size * 1_200)
        json.array { json in
            guard !effects.isEmpty, first >= low else { return }
            for place in stride(from: first, through: max(low, first - size + 1), by: -1) {
                writeOrder(Int(world.byDate[place]), to: &json)
            }
        }
        return Response(body: json.bytes)
    }

    func oneOrder(_ position: Int) -> Response {
        .json { writeOrder(position, isAlone: true, to: &$0) }
    }

    func writeOrder(_ position: Int, isAlone: Bool = false, to json: inout JSONWriter) {
        let order = world.orders[position]
        // Which amounts are text is fixed per order, so that the same order reads the same twice.
        let dice = SplitMix64.mixed(UInt64(bitPattern: order.id))
        json.object { json in
            json.field("id_order", order.id)
            writeBuyer(order, to: &json)
            json.field("id_external", world.external(ofOrder: position))
            json.field("id_location", Alleaves.location)
            json.field("id_status", order.status.id)
            json.field("status", world.statusWords[position] ?? order.status.word)
            json.field("type", dice & 0x70 == 0 ? "delivery" : "retail")
            json.field("use_type", "adult")
            write(amount: "subtotal", order.subtotalCents, dice, to: &json)
            write(amount: "discount", order.discountCents, dice >> 1, to: &json)
            write(amount: "tax", order.taxCents, dice >> 2, to: &json)
            if let text = world.totalTexts[position] {
                json.field("total", text)
            } else {
                write(amount: "total", order.totalCents, dice >> 3, to: &json)
            }
            json.dollars("loyalty", cents: Int64(order.loyaltyCents), asText: false)
            json.null("points_earned")
            json.array("loyalties") { _ in }
            if let complete = order.complete { json.field("complete", complete) }
            json.field("cancel", order.status == .cancelled)
            json.field("void", order.status == .voided)
            json.field("void_reason", order.status == .voided ? "Customer changed mind" : nil)
            json.null("void_reason_other")
            json.field("paid_in_full", order.complete ?? order.status.isSale)
            json.null("pickup_date")
            json.null("pickup_time")
            json.time("date_created", milliseconds: order.createdMilliseconds)
            json.time("date_updated", milliseconds: order.updatedMilliseconds)
            if isAlone {
                json.array("status_list") { $0.object { $0.field("status", order.status.word) } }
            }
            writeItems(position, order, to: &json)
        }
    }

    private func writeBuyer(_ order: Order, to json: inout JSONWriter) {
        let customer = Int(order.customer)
        guard customer >= 0 else {
            if customer > -3 { json.field("id_customer", customer + 1) }  // −1 is written 0, −2 is −1, −3 not at all
            json.null("name_first")
            json.null("name_last")
            json.null("patient_number")
            return
        }
        Alleaves.writeID(customer, to: &json)
        let name = world.name(ofCustomer: customer)
        json.field("name_first", name.first)
        json.field("name_last", name.last)
        json.null("patient_number")
    }

    /// Under `decimals`: more digits than cents, which rounding half up brings back to the same cents.
    private func write(amount name: StaticString, _ cents: Int32, _ dice: UInt64, to json: inout JSONWriter) {
        let isText = dice & 1 == 1
        guard effects.hasDecimals, cents != 0 else {
            json.dollars(name, cents: Int64(cents), asText: isText)
            return
        }
        let isRoundedUp = cents > 1 && dice & 4 == 4
        let whole = abs(cents) - (isRoundedUp ? 1 : 0)
        let fraction = whole % 100
        let digits = isRoundedUp ? ["5", "7301"] : ["3", "0000001"]
        let sign = cents < 0 ? "-" : ""
        let text = "\(sign)\(whole / 100).\(fraction < 10 ? "0" : "")\(fraction)\(digits[Int(dice >> 5 & 1)])"
        json.key(name)
        if isText { json.string(text) } else { json.raw(text) }
    }

    private func writeItems(_ position: Int, _ order: Order, to json: inout JSONWriter) {
        let lines = world.lines(ofOrder: position)
        json.array("items") { json in
            for line in lines {
                let product = Catalogue.products[line.product % Catalogue.products.count]
                json.object { json in
                    json.field("id_item", line.id)
                    json.field("id_inventory_item", product.id)
                    json.field("item", product.name)
                    json.field("category", product.category)
                    // Absent means one.
                    if line.priceCents < 0 || order.id % 5 != 0 { json.field("quantity", line.priceCents.signum()) }
                    json.dollars("price", cents: Int64(line.priceCents.magnitude), asText: line.product % 2 == 0)
                }
            }
        }
    }
}

extension World {
    func external(ofOrder position: Int) -> String? {
        if let text = externals[position] { return text }
        let sale = orders[position].refundOf
        return sale >= 0 ? String(orders[Int(sale)].id) : nil
    }

    func lines(ofOrder position: Int) -> [Line] {
        if let written = lines[position] { return written }
        let order = orders[position]
        guard order.basketDollars > 0 else {
            return [Line(id: order.id * 10, product: Int(order.seed % 30), priceCents: Int64(order.subtotalCents))]
        }
        var lines = Catalogue.lines(seed: order.seed, targetDollars: Int(order.basketDollars))
        for number in lines.indices { lines[number].id += order.id * 10 }
        return lines
    }
}
