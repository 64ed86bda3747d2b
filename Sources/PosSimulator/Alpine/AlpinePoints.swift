/// Points: adjustments, redemptions, history.
extension Alpine {
    /// Adds each time it is asked: the real one has no idempotency either.
    func adjust(_ contact: String, _ body: JSON?) -> Response {
        guard let position = world.persona(contact: contact) else { return Alpine.failed(404, "contact not found") }
        guard let value = body?["value"]?.thousandths, abs(value) <= 1_000_000_000_000 else {
            return Alpine.failed(400, "value is required")
        }
        world.addPoints(position, thousandths: value)
        world.movements.append(
            Movement(
                persona: position, thousandths: value, note: body?["note"]?.text, campaign: body?["cmpID"]?.text,
                seconds: body?["ts"]?.integer.map { Int64($0) } ?? nowSeconds))
        return Alpine.data { $0.null() }
    }

    /// Both bounds are epoch seconds and belong to the window.
    func movements(_ start: String, _ end: String, areRedemptions: Bool) -> Response {
        guard let start = Int64(start), let end = Int64(end) else {
            return Alpine.failed(400, "bounds are epoch seconds")
        }
        let found = world.movements.filter {
            $0.isRedemption == areRedemptions && $0.seconds >= start && $0.seconds <= end
        }
        guard !found.isEmpty, !effects.isEmpty else { return Alpine.data { $0.null() } }
        return Alpine.data { json in
            json.array { json in
                for movement in found { write(movement, to: &json) }
            }
        }
    }

    private func write(_ movement: Movement, to json: inout JSONWriter) {
        json.object { json in
            json.field("cntID", world.personas[movement.persona].contact.text)
            json.thousandths("value", movement.thousandths)
            json.field("note", movement.note)
            if let campaign = movement.campaign { json.field("cmpID", campaign) }
            json.field("ts", movement.seconds)
        }
    }

    func timeline(_ contact: String, _ request: Request) -> Response {
        guard let position = world.persona(contact: contact) else { return Alpine.failed(404, "contact not found") }
        let start = request.integer("start").map { Int64($0) } ?? 0
        let end = request.integer("end").map { Int64($0) } ?? Int64.max
        return Alpine.data { json in
            json.object { json in
                json.field("contactID", contact)
                json.array("events") { json in
                    for movement in world.movements
                    where movement.persona == position && movement.seconds >= start && movement.seconds <= end {
                        write(movement, to: &json)
                    }
                }
            }
        }
    }

    /// Bought lines without an order id; those of one visit share a time.
    func purchases(_ contact: String) -> Response {
        guard let position = world.persona(contact: contact) else { return Alpine.failed(404, "contact not found") }
        let customer = world.personas[position].customer
        let found = world.byDate.filter {
            let order = world.orders[Int($0)]
            return order.customer == customer && customer >= 0 && order.status.isSale && !order.isUnknownToAlpine
        }
        guard !found.isEmpty else { return Alpine.data { $0.null() } }
        return Alpine.data { json in
            json.array { json in
                for order in found {
                    for line in world.lines(ofOrder: Int(order)) {
                        json.object {
                            $0.field("name", Catalogue.products[line.product % Catalogue.products.count].name)
                            $0.field("brand", "House")
                            $0.field("quantity", 1)
                            $0.dollars("totalPrice", cents: line.priceCents, asText: false)
                            $0.field("timestamp", world.orders[Int(order)].createdMilliseconds / 1_000)
                            $0.field("storeName", "Demo Store")
                        }
                    }
                }
            }
        }
    }

    static let rewards: [(id: String, name: String, points: Int64, dollars: Int)] = [
        ("9001", "$5 off", 100, 5), ("9002", "$15 off", 250, 15), ("9003", "$35 off", 500, 35),
    ]

    /// Takes the points at once. The token of our wallet is the contact's id.
    func redeem(discount: String, token: String) -> Response {
        guard let reward = Alpine.rewards.first(where: { $0.id == discount }),
            let position = world.persona(contact: token)
        else { return Alpine.failed(404, "no such reward") }
        guard world.pointsThousandths(world.personas[position]) >= reward.points * 1_000 else {
            return Alpine.failed(400, "not enough points")
        }
        world.addPoints(position, thousandths: -reward.points * 1_000)
        world.movements.append(
            Movement(
                persona: position, thousandths: -reward.points * 1_000, note: reward.name, seconds: nowSeconds,
                isRedemption: true))
        return Alpine.data { $0.null() }
    }
}
