/// Everything both services know. One lock around the simulator guards it; nothing in here is thread-safe by itself.
final class World {
    let seed: UInt64
    var customers: [Customer] = []
    var customerTexts: [Int: CustomerText] = [:]
    private(set) var orders: [Order] = []
    /// Positions in `orders`, oldest first. Answers are windows of it.
    private(set) var byDate: [Int32] = []
    private var positionOfOddID: [Int64: Int] = [:]
    private var generatedCount = 0
    private var refundedCents: [Int32: Int64] = [:]
    /// Lines of orders that were written through the API.
    var lines: [Int: [Line]] = [:]
    var externals: [Int: String] = [:]
    private(set) var personas: [Persona] = []
    private var personaOfContact: [ContactID: Int] = [:]
    private var personaOfCustomer: [Int32: Int] = [:]
    var movements: [Movement] = []
    /// Base points that sales moved since the start, with the moment they became known.
    private var recentBase: [(milliseconds: Int64, customer: Int32, points: Int64)] = []
    /// Words and amounts that no order of ours would have: unknown states, totals that are no numbers.
    var statusWords: [Int: String] = [:]
    var totalTexts: [Int: String] = [:]
    /// Counts changes of people and of points, so that sorted lists are kept until they are stale.
    var version = 0
    private(set) var pointsVersion = 0
    var sortedPersonas: [String: (version: Int, positions: [Int32])] = [:]
    var keptSearchWords: (version: Int, words: [[UInt8]])?
    private var nextLine: Int64 = 70_000
    private var isLoaded = false

    init(seed: UInt64) {
        self.seed = seed
    }

    // MARK: Orders

    /// Takes the generated orders, oldest first, ids ascending from the first.
    func load(_ generated: [Order]) {
        orders = generated
        generatedCount = generated.count
        nextOrderID = Order.firstID + Int64(generated.count)
        byDate = (0..<Int32(generated.count)).map { $0 }
        for order in generated where order.refundOf >= 0 { addRefund(order, sign: 1) }
        for position in orders.indices { count(position, sign: 1) }
        isLoaded = true
    }

    func position(ofOrder id: Int64) -> Int? {
        guard id > 0 else { return nil }
        let offset = id - Order.firstID
        if offset >= 0, offset < generatedCount { return Int(offset) }
        return positionOfOddID[id]
    }

    /// As callers see it: an order that vanished is not found.
    func visiblePosition(ofOrder id: Int64) -> Int? {
        position(ofOrder: id).flatMap { orders[$0].isGone ? nil : $0 }
    }

    /// An id that nobody has.
    private(set) var nextOrderID = Order.firstID

    func nextLineID() -> Int64 {
        nextLine += 1
        return nextLine
    }

    func append(_ order: Order) -> Int {
        let position = orders.count
        orders.append(order)
        positionOfOddID[order.id] = position
        nextOrderID = max(nextOrderID, order.id + 1)
        byDate.insert(Int32(position), at: place(ofDate: order.createdMilliseconds))
        if order.refundOf >= 0 { counting([Int(order.refundOf)]) { addRefund(order, sign: 1) } }
        count(position, sign: 1)
        pointsVersion += 1
        return position
    }

    /// Changes an order and everything that is counted from it.
    func change(_ position: Int, _ edit: (inout Order) -> Void) {
        let before = orders[position]
        var after = before
        edit(&after)
        let sales = Set([before.refundOf, after.refundOf].filter { $0 >= 0 }.map { Int($0) })
        counting([position] + sales) {
            if before.refundOf >= 0 { addRefund(before, sign: -1) }
            if after.refundOf >= 0 { addRefund(after, sign: 1) }
            orders[position] = after
        }
        if before.createdMilliseconds != after.createdMilliseconds || before.isGone != after.isGone {
            byDate.removeAll { $0 == Int32(position) }
            if !after.isGone { byDate.insert(Int32(position), at: place(ofDate: after.createdMilliseconds)) }
        }
        pointsVersion += 1
    }

    /// Where in `byDate` the first order at or after that moment stands.
    func place(ofDate milliseconds: Int64) -> Int {
        var (low, high) = (0, byDate.count)
        while low < high {
            let middle = (low + high) / 2
            if orders[Int(byDate[middle])].createdMilliseconds < milliseconds {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }

    private func counting(_ positions: [Int], _ edit: () -> Void) {
        for position in positions { count(position, sign: -1) }
        edit()
        for position in positions { count(position, sign: 1) }
    }

    private func addRefund(_ order: Order, sign: Int64) {
        guard order.status.isSale, !order.isGone else { return }
        refundedCents[order.refundOf, default: 0] += sign * Int64(order.totalCents)
    }

    /// Adds or takes what one order does to its customer. A refund counts at its sale.
    private func count(_ position: Int, sign: Int64) {
        let order = orders[position]
        let customer = Int(order.customer)
        let isSale = order.status.isSale && order.complete ?? true && !order.isGone
        guard customer >= 0, order.totalCents >= 0, isSale else { return }
        let paid = max(0, Int64(order.totalCents) + (refundedCents[Int32(position)] ?? 0))
        customers[customer].spentCents += sign * paid
        customers[customer].orderCount += Int32(sign)
        if !order.isUnknownToAlpine {
            customers[customer].basePoints += sign * (paid / 100)
            if isLoaded { recentBase.append((CivilTime.nowMilliseconds, order.customer, sign * (paid / 100))) }
        }
        if sign > 0 {
            let last = customers[customer].lastOrderMilliseconds
            customers[customer].lastOrderMilliseconds = max(last, order.createdMilliseconds)
        }
    }

    // MARK: Personas

    func add(_ persona: Persona) -> Int {
        let position = personas.count
        personas.append(persona)
        personaOfContact[persona.contact] = position
        if persona.customer >= 0 { personaOfCustomer[persona.customer] = position }
        version += 1
        return position
    }

    func changePersona(_ position: Int, _ edit: (inout Persona) -> Void) {
        edit(&personas[position])
        version += 1
    }

    func persona(contact: String) -> Int? {
        personaEvenDeleted(contact: contact).flatMap { personas[$0].isDeleted ? nil : $0 }
    }

    func personaEvenDeleted(contact: String) -> Int? { ContactID(contact).flatMap { personaOfContact[$0] } }

    func persona(customer: Int) -> Int? { personaOfCustomer[Int32(customer)] }

    func pointsThousandths(_ persona: Persona) -> Int64 {
        persona.customers.reduce(0) { $0 + customers[Int($1)].basePoints } * 1_000 + persona.extraThousandths
    }

    /// The base points that sales moved for a persona since then.
    func baseSince(_ milliseconds: Int64, of persona: Persona) -> Int64 {
        let owners = persona.customers
        return recentBase.reversed().prefix { $0.milliseconds > milliseconds }
            .reduce(0) { $0 + (owners.contains($1.customer) ? $1.points : 0) }
    }

    /// One persona becomes part of another: it vanishes, and its points, history and later sales move.
    func merge(_ from: Int, into: Int) {
        let moved = personas[from]
        for customer in moved.customers { personaOfCustomer[customer] = into }
        changePersona(into) { persona in
            for customer in moved.customers {
                if persona.customer < 0 {
                    persona.customer = customer
                } else {
                    persona.mergedCustomers.append(customer)
                }
            }
            persona.extraThousandths += moved.extraThousandths
        }
        changePersona(from) { persona in
            persona.isDeleted = true
            persona.customer = -1
            persona.mergedCustomers = []
            persona.extraThousandths = 0
        }
        for index in movements.indices where movements[index].persona == from { movements[index].persona = into }
        pointsVersion += 1
    }

    func addPoints(_ position: Int, thousandths: Int64) {
        personas[position].extraThousandths += thousandths
        pointsVersion += 1
    }

    /// Sets the balance of now; later orders and adjustments move it again.
    func setPoints(_ position: Int, thousandths: Int64) {
        addPoints(position, thousandths: thousandths - pointsThousandths(personas[position]))
    }
}
