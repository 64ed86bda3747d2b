/// Changes that no client could make: what happens at the till and inside Alpine while a test looks on.
struct WorldEdit {
    let world: World
    let nowMilliseconds: Int64
    let tokens: Tokens

    private static let centsMax: UInt64 = 50_000_000
    private static let idMax: Int64 = 1_000_000_000_000
    private static let notFound = Response.text(status: 404, "Not Found")

    // MARK: Orders

    func order(_ pathID: String?, _ body: JSON?) -> Response {
        let id = pathID.flatMap { Int64($0) } ?? body?["id"]?.integer.map { Int64($0) }
        let known = id.flatMap { world.position(ofOrder: $0) }
        guard pathID == nil || known != nil, (1...WorldEdit.idMax).contains(id ?? 1) else { return WorldEdit.notFound }
        guard let body else { return known.map { shown($0) } ?? WorldEdit.notFound }
        let position = known ?? newOrder(id)
        change(position, body, isNew: known == nil)
        return shown(position)
    }

    private func shown(_ position: Int) -> Response {
        let effects = Effects()
        let alleaves = Alleaves(world: world, tokens: tokens, effects: effects, nowMilliseconds: nowMilliseconds)
        return alleaves.oneOrder(position)
    }

    private func newOrder(_ id: Int64?) -> Int {
        world.append(
            Order(
                id: id ?? world.nextOrderID, createdMilliseconds: nowMilliseconds, updatedMilliseconds: nowMilliseconds,
                customer: -3, subtotalCents: 0, taxCents: 0, totalCents: 0, seed: UInt32(world.orders.count),
                basketDollars: 0, status: .completed, complete: true))
    }

    private func change(_ position: Int, _ body: JSON, isNew: Bool) {
        if let external = body["external"]?.text { world.externals[position] = external }
        if body["total"] != nil { world.totalTexts[position] = nil }
        if let text = body["total_raw"]?.text { world.totalTexts[position] = text }
        let sale = world.external(ofOrder: position).flatMap { Int64($0) }.flatMap { world.position(ofOrder: $0) }
        world.change(position) { order in
            if let customer = body["customer"]?.integer { order.customer = world.buyer(customer) }
            setAmounts(&order, body)
            setStatus(&order, position, body)
            order.refundOf = order.totalCents < 0 ? Int32(sale ?? -1) : -1
            if let date = body["date"]?.text.flatMap({ CivilTime.milliseconds(parsing: $0) }) {
                order.createdMilliseconds = date
                if isNew { order.updatedMilliseconds = date }
            }
            if let isKnown = body["alpine"]?.bool { order.isUnknownToAlpine = !isKnown }
            if let isGone = body["deleted"]?.bool { order.isGone = isGone }
            if !isNew { order.touch(nowMilliseconds) }
            if let date = body["updated"]?.text.flatMap({ CivilTime.milliseconds(parsing: $0) }) {
                order.updatedMilliseconds = date
            }
        }
    }

    private func setAmounts(_ order: inout Order, _ body: JSON) {
        func cents(_ name: String) -> Int32? {
            body[name]?.cents.flatMap { $0.magnitude <= WorldEdit.centsMax ? Int32($0) : nil }
        }
        order.totalCents = cents("total") ?? order.totalCents
        order.taxCents = cents("tax") ?? order.taxCents
        order.discountCents = cents("discount") ?? order.discountCents
        order.loyaltyCents = cents("loyalty") ?? order.loyaltyCents
        order.subtotalCents = order.totalCents - order.taxCents + order.discountCents + order.loyaltyCents
        if body["total"] != nil { order.basketDollars = 0 }  // its generated lines no longer add up
    }

    private func setStatus(_ order: inout Order, _ position: Int, _ body: JSON) {
        if let word = body["status"]?.text {
            let known = Status(word: word)
            world.statusWords[position] = known?.word == word ? nil : word
            let isBack = ["refunded", "returned"].contains(word.lowercased())
            order.status = known ?? (body["complete"]?.bool == true && !isBack ? .completed : .pending)
            order.complete = order.status.isSale
        }
        if let isVoid = body["void"]?.bool {
            world.statusWords[position] = nil
            order.status = isVoid ? .voided : .completed
            order.complete = !isVoid
        }
        if let complete = body["complete"] { order.complete = complete.bool }  // any word but a Bool leaves it out
    }

    // MARK: Customers

    func customer(_ pathID: String?, _ body: JSON?) -> Response {
        guard let pathID else {
            guard let body else { return WorldEdit.notFound }
            let position = world.addCustomer(body, nowMilliseconds: nowMilliseconds)
            if body["persona"]?.bool == true { addPersona(position) }
            return shownCustomer(position)
        }
        guard let position = customerPosition(pathID) else { return WorldEdit.notFound }
        if let body { setTexts(position, body) }
        return shownCustomer(position)
    }

    private func customerPosition(_ text: String) -> Int? {
        guard let id = Int(text), id > 0, world.customers.indices.contains(id - Customer.firstID) else { return nil }
        return id - Customer.firstID
    }

    private func setTexts(_ position: Int, _ body: JSON) {
        var text = world.text(ofCustomer: position)
        text.firstName = body["name_first"]?.text ?? text.firstName
        text.lastName = body["name_last"]?.text ?? text.lastName
        text.phone = body["phone"]?.text ?? text.phone
        text.email = body["email"]?.text ?? text.email
        text.birthDate = body["date_of_birth"]?.text ?? text.birthDate
        text.code = body["alpine_user_code"]?.text ?? text.code
        world.customerTexts[position] = text
        world.version += 1
    }

    private func shownCustomer(_ position: Int) -> Response {
        let customer = world.customers[position]
        let text = world.text(ofCustomer: position)
        let contact = world.persona(customer: position).map { world.personas[$0].contact.text }
        return .json { json in
            json.object {
                $0.field("id_customer", Customer.firstID + position)
                $0.field("name_first", text.firstName)
                $0.field("name_last", text.lastName)
                $0.field("phone", text.phone)
                $0.field("email", text.email)
                $0.field("alpine_user_code", text.code)
                $0.field("order_count", customer.orderCount)
                $0.dollars("spent", cents: customer.spentCents, asText: true)
                $0.field("base_points", customer.basePoints)
                $0.field("contactID", contact)
            }
        }
    }

    // MARK: Personas

    private func addPersona(_ position: Int) {
        let contact = ContactID(seed: world.seed, customer: position)
        _ = world.add(
            Persona(customer: Int32(position), kind: .plain, contact: contact, insertedSeconds: nowMilliseconds / 1_000)
        )
    }

    /// By contact id, or by the customer's id; a customer without a persona gets one on POST.
    func persona(_ id: String, _ body: JSON?) -> Response {
        let customer = customerPosition(id)
        if let customer, body != nil, world.persona(customer: customer) == nil { addPersona(customer) }
        guard let position = customer.map({ world.persona(customer: $0) }) ?? world.personaEvenDeleted(contact: id)
        else {
            return WorldEdit.notFound
        }
        if let body {
            world.changePersona(position) { persona in
                persona.isMember = body["loyalty"]?.bool ?? persona.isMember
                persona.isHidden = body["hidden"]?.bool ?? persona.isHidden
                persona.isDeleted = body["delete"]?.bool ?? persona.isDeleted
                persona.hasPointsField = body["points_field"]?.bool ?? persona.hasPointsField
            }
            if let points = body["points"]?.thousandths, points.magnitude <= 1_000_000_000_000 {
                world.setPoints(position, thousandths: points)
            }
        }
        return shownPersona(world.personas[position])
    }

    /// `from` vanishes into `into`; without that, into a persona with another contact id that is otherwise the same.
    func merge(_ from: String, into: String?) -> Response {
        guard let old = world.persona(contact: from) else { return WorldEdit.notFound }
        let known = into.map { world.persona(contact: $0) }
        if case .some(.none) = known { return WorldEdit.notFound }
        guard known != old else { return Alleaves.bad("a persona is not merged into itself") }
        let new = known.flatMap { $0 } ?? successor(of: old)
        world.merge(old, into: new)
        return shownPersona(world.personas[new])
    }

    private func successor(of position: Int) -> Int {
        var persona = world.personas[position]
        persona.contact = ContactID(seed: world.seed ^ 0xACE5, customer: world.personas.count)
        persona.customer = -1
        persona.mergedCustomers = []
        persona.extraThousandths = 0
        return world.add(persona)
    }

    private func shownPersona(_ persona: Persona) -> Response {
        .json { json in
            json.object {
                $0.field("contactID", persona.contact.text)
                if persona.customer >= 0 { $0.field("id_customer", Customer.firstID + Int(persona.customer)) }
                $0.field("kind", "\(persona.kind)")
                $0.thousandths("points", world.pointsThousandths(persona))
                $0.field("loyalty", persona.isMember)
                $0.field("hidden", persona.isHidden)
                $0.field("points_field", persona.hasPointsField)
                $0.field("deleted", persona.isDeleted)
            }
        }
    }
}
