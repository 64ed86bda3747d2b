/// Makes a shop's two years from a seed.
struct Generator {
    static let historyDays = 730

    private let options: Options
    private let today: Int
    /// No order is later than this second.
    private let until: Int64
    private var random: SplitMix64
    private var habits: [Int] = []
    private var firstDays: [Int] = []
    private var lastDays: [Int] = []
    private var counts: [Int] = []
    private let world: World

    static func world(_ options: Options) -> World {
        var generator = Generator(options)
        generator.makeCustomers()
        generator.shareOrders()
        generator.makePersonas()
        generator.world.load(generator.orders(of: generator.visits()))
        generator.skewPersonas()
        return generator.world
    }

    private init(_ options: Options) {
        let now = CivilTime.nowMilliseconds / 1_000
        self.options = options
        today = options.today ?? CivilTime.localDay(at: now)
        let evening = CivilTime.utc(localDay: today, second: 86_399)
        until = options.today == nil ? min(now, evening) : evening
        random = SplitMix64(seed: options.seed)
        world = World(seed: options.seed)
    }

    // MARK: People

    private mutating func makeCustomers() {
        for position in 0..<options.customers {
            let habit = Habit.drawn(&random)
            let last = today - random.within(Habit.all[habit].lastDays)
            let first = max(today - Generator.historyDays + 1, last - random.within(Habit.all[habit].spanDays))
            habits.append(habit)
            firstDays.append(first)
            lastDays.append(last)
            counts.append(random.within(Habit.all[habit].orders))
            world.customers.append(customer(position, since: first))
        }
    }

    private mutating func customer(_ position: Int, since day: Int) -> Customer {
        let kind = PersonaKind.dealt(to: position)
        var customer = Customer(
            // The smaller of two draws: some names are far more common than others.
            firstName: UInt16(min(random.below(Names.first.count), random.below(Names.first.count))),
            lastName: UInt16(min(random.below(Names.last.count), random.below(Names.last.count))), kind: kind,
            createdMilliseconds: min(until, CivilTime.utc(localDay: day, second: 32_400 + random.below(900))) * 1_000)
        customer.isGuest = kind == .none && position % 5 == 0
        let isTyped = random.chance(400)
        let style = UInt8(random.below(Phones.styles))
        if kind == .byPhone || (isTyped && !customer.isGuest) {
            customer.phoneStyle = position % 61 == 60 && kind != .byPhone ? UInt8(Phones.styles) : style
        }
        let follows = position > 0 && world.customers[position - 1].kind != .byPhone
        customer.sharesPhone = position % 53 == 52 && kind != .byPhone && follows
        customer.hasEmail = random.chance(330) && !customer.isGuest
        customer.hasCode = kind == .byCode || (kind != .byPhone && random.chance(150))
        if random.chance(600) { customer.birthDay = Int32(today - 21 * 366 - random.below(45 * 365)) }
        if position % 199 == 198 { customer.birthDay = Int32(today - 18 * 365) }
        return customer
    }

    private mutating func makePersonas() {
        for position in world.customers.indices where world.customers[position].kind != .none {
            let customer = world.customers[position]
            var persona = Persona(
                customer: Int32(position), kind: customer.kind,
                contact: ContactID(seed: options.seed, customer: position),
                insertedSeconds: customer.createdMilliseconds / 1_000 + 120)
            persona.isMember = customer.kind != .notMember
            persona.isHidden = customer.kind == .hidden
            persona.hasPointsField = customer.kind != .noPointsField
            persona.wantsTexts = random.chance(700)
            _ = world.add(persona)
        }
    }

    /// What makes some balances differ; needs the orders counted.
    private func skewPersonas() {
        for position in world.personas.indices {
            let base = world.pointsThousandths(world.personas[position]) / 1_000
            let kind = world.personas[position].kind
            world.changePersona(position) { persona in
                if kind == .fractional { persona.extraThousandths = 500 }
                guard kind == .offByMuch else { return }
                let distance = base * 3 / 10 + 12
                persona.extraThousandths = (position % 2 == 0 || base < distance ? distance : -distance) * 1_000
            }
        }
    }

    // MARK: Visits

    /// Cuts or stretches the numbers of orders until all of them together are what was asked for.
    private mutating func shareOrders() {
        let named = options.orders - options.orders * 6 / 100 - options.orders / 150
        var sum = counts.reduce(0, +)
        if sum > named {
            for position in counts.indices { counts[position] = counts[position] * named / sum }
            sum = counts.reduce(0, +)
        }
        let busy = counts.indices.filter { Habit.all[habits[$0]].isBusy }
        guard !busy.isEmpty else { return }
        let weights = busy.map { _ in 1 + random.below(5) }
        let all = weights.reduce(0, +)
        let rest = named - sum
        for (position, weight) in zip(busy, weights) {
            counts[position] += rest * weight / all
            sum += rest * weight / all
        }
        for position in busy.prefix(named - sum) { counts[position] += 1 }
    }

    private mutating func visits() -> [Visit] {
        var visits: [Visit] = []
        visits.reserveCapacity(options.orders)
        for position in counts.indices {
            let habit = Habit.all[habits[position]]
            for number in 0..<counts[position] {
                let days = firstDays[position]...lastDays[position]
                let day = number == 0 ? days.upperBound : number == 1 ? days.lowerBound : random.within(days)
                visits.append(visit(Int32(position), day: day, basket: random.within(habit.basketDollars)))
            }
        }
        while visits.count < options.orders - options.orders / 150 {
            let day = today - random.below(Generator.historyDays)
            visits.append(visit(Int32(-1 - random.below(3)), day: day, basket: 15 + random.below(60)))
        }
        visits.sort(by: Visit.isEarlier)
        return visits
    }

    private mutating func visit(_ customer: Int32, day: Int, basket: Int) -> Visit {
        let isSunday = CivilTime.weekday(day: day) == 0
        let minutes = isSunday ? 535 : 715
        // The later of two draws: evenings are busy.
        let minute = (isSunday ? 600 : 540) + max(random.below(minutes), random.below(minutes))
        let second = minute * 60 + random.below(60)
        return Visit(
            seconds: CivilTime.utc(localDay: day, second: second), customer: customer,
            basketDollars: UInt16(basket), seed: UInt32(truncatingIfNeeded: random.next()))
    }

    // MARK: Orders

    private mutating func orders(of visits: [Visit]) -> [Order] {
        var orders = visits.map { order(of: $0) }
        let sales = orders.indices.filter { orders[$0].status == .completed && orders[$0].customer >= 0 }
        guard !sales.isEmpty else { return finished(&orders) }
        var wanted = options.orders / 150
        for _ in 0..<(wanted * 4) where wanted > 0 {
            let sale = sales[random.below(sales.count)]
            var refund = refund(of: orders[sale])
            let isGivenBack = orders[sale].refundOf >= 0
            guard !isGivenBack, refund.createdMilliseconds <= until * 1_000 else { continue }
            refund.refundOf = Int32(sale)
            orders.append(refund)
            orders[sale].refundOf = 0  // a mark, taken away below
            wanted -= 1
        }
        return finished(&orders)
    }

    /// Sorts, drops the future, and gives out ids.
    private func finished(_ orders: inout [Order]) -> [Order] {
        let byDate = orders.indices.sorted {
            (orders[$0].createdMilliseconds, $0) < (orders[$1].createdMilliseconds, $1)
        }
        let kept = byDate.prefix { orders[$0].createdMilliseconds <= until * 1_000 }
        var places = [Int32](repeating: -1, count: orders.count)
        for (place, position) in kept.enumerated() { places[position] = Int32(place) }
        return kept.enumerated().map { place, position in
            var order = orders[position]
            order.id = Order.firstID + Int64(place)
            order.updatedMilliseconds = min(order.updatedMilliseconds, max(order.createdMilliseconds, until * 1_000))
            order.refundOf = order.totalCents < 0 ? places[Int(order.refundOf)] : -1
            return order
        }
    }

    private func order(of visit: Visit) -> Order {
        var dice = SplitMix64(seed: UInt64(visit.seed))
        let lines = Catalogue.lines(seed: visit.seed, targetDollars: Int(visit.basketDollars))
        let subtotal = lines.reduce(0) { $0 + $1.priceCents }
        let created = visit.seconds * 1_000 + Int64(dice.below(1_000))
        var order = Order(
            id: 0, createdMilliseconds: created, updatedMilliseconds: created + 300_000, customer: visit.customer,
            subtotalCents: Int32(subtotal), taxCents: 0, totalCents: 0, seed: visit.seed,
            basketDollars: visit.basketDollars, status: status(&dice))
        if dice.chance(130) {
            order.discountCents = dice.chance(500) ? Int32(subtotal / 10) : min(500, Int32(subtotal))
        }
        if subtotal > 3_000, dice.chance(40) { order.loyaltyCents = 500 }
        order.addTax()
        order.complete = dice.chance(30) ? nil : order.status.isSale
        if order.status == .voided { order.updatedMilliseconds += 86_400_000 }
        return order
    }

    private func status(_ dice: inout SplitMix64) -> Status {
        switch dice.below(1_000) {
        case ..<12: .pending
        case ..<15: .ready
        case ..<18: .preparing
        case ..<40: .cancelled
        case ..<54: .voided
        case ..<84: .delivered
        default: .completed
        }
    }

    private mutating func refund(of sale: Order) -> Order {
        let share = random.chance(500) ? Int32(2) : 1
        let created = sale.createdMilliseconds + Int64(3_600_000 + random.below(9 * 86_400_000))
        return Order(
            id: 0, createdMilliseconds: created, updatedMilliseconds: created + 60_000, customer: sale.customer,
            subtotalCents: -(sale.subtotalCents / share), discountCents: -(sale.discountCents / share),
            loyaltyCents: -(sale.loyaltyCents / share), taxCents: -(sale.taxCents / share),
            totalCents: -(sale.totalCents / share),
            seed: sale.seed, basketDollars: 0, status: .completed, complete: true)
    }
}

extension Order {
    /// 13 % on what is paid for goods, as New York has it.
    mutating func addTax() {
        let goods = subtotalCents - discountCents - loyaltyCents
        taxCents = Int32((Int64(goods) * 13 + 50) / 100)
        totalCents = goods + taxCents
    }
}
