extension CustomerBooks {
    /// The entries and the standing that bring this customer to what the orders are now. A second plan over the result
    /// finds nothing to do.
    ///
    /// - Throws: `Overflow` when balances leave 64 bits.
    public func plan(under history: SettingsHistory, asOf now: Instant) throws(Overflow) -> Posting {
        var planner = Planner(books: self, history: history, now: now)
        return try planner.run()
    }
}

private struct Planner {
    let books: CustomerBooks
    let history: SettingsHistory
    let now: Instant
    let calendar: LocalCalendar
    var balance: Int64
    var owings: [OrderID: Owing]
    var posting: Posting

    init(books: CustomerBooks, history: SettingsHistory, now: Instant) {
        self.books = books
        self.history = history
        self.now = now
        calendar = history.current.business.calendar
        balance = books.balance
        owings = Dictionary(books.owings.map { ($0.order, $0) }) { first, _ in first }
        posting = Posting(standing: books.standing)
    }

    mutating func run() throws(Overflow) -> Posting {
        for order in books.leaving { try release(order) }
        let sales = books.orders.filter { $0.revision.total >= .zero }.sorted(by: Self.byCompletion)
        for order in books.orders where order.revision.total < .zero { try withdraw(order) }
        var spend = SpendSoFar(window: history, calendar: calendar)
        for order in sales {
            try post(order, after: spend)
            if order.revision.isCompleted { try spend.add(netTotal(of: order), at: order.revision.completedAt) }
        }
        settleOwings()
        posting.pointsOwed = owings.values.reduce(0) { $0 + $1.open }
        let before = Dictionary(books.owings.map { ($0.order, $0) }) { first, _ in first }
        posting.changedOwings = owings.values.filter { before[$0.order] != $0 }.sorted { $0.order < $1.order }
        posting.standing = try standing(of: sales)
        return posting
    }

    /// rules.md: "A customer's orders are posted by completion, then id."
    static func byCompletion(_ left: PostedOrder, _ right: PostedOrder) -> Bool {
        (left.revision.completedAt, left.revision.posOrderID) < (right.revision.completedAt, right.revision.posOrderID)
    }

    /// Takes back what was posted here for an order that belongs to somebody else now.
    mutating func release(_ order: PostedOrder) throws(Overflow) {
        var order = order
        if order.pointsPosted != 0 {
            try move(
                -order.pointsPosted, for: &order,
                reason: "Order \(order.revision.posOrderID) belongs to another customer",
                settingsVersion: order.terms?.settingsVersion ?? history.current.version)
        }
        // The new owner's equity and tier count; rate and rounding stay those of completion.
        order.terms = nil
        order.isCounted = false
        tell(0, of: &order)
        posting.changedOrders.append(order)
    }

    /// Takes back what was posted for an order that the source has since turned into a negative one.
    mutating func withdraw(_ order: PostedOrder) throws(Overflow) {
        var withdrawn = order
        if order.pointsPosted != 0 {
            try move(
                -order.pointsPosted, for: &withdrawn, reason: "Order \(order.revision.posOrderID) changed",
                settingsVersion: order.terms?.settingsVersion ?? history.current.version)
        }
        withdrawn.isCounted = false
        tell(0, of: &withdrawn)
        if withdrawn != order { posting.changedOrders.append(withdrawn) }
    }

    mutating func post(_ order: PostedOrder, after spend: SpendSoFar) throws(Overflow) {
        var posted = order
        let (worth, toTell) = try worth(of: &posted, after: spend)
        tell(toTell, of: &posted)
        let difference = try addingExactly(worth, -posted.pointsPosted)
        if difference != 0 {
            let words =
                difference > 0 ? "Order \(order.revision.posOrderID)" : "Order \(order.revision.posOrderID) changed"
            // Terms that an unmerging forgot are not fixed anew for what earns nothing, and what is posted goes all the same.
            try move(
                difference, for: &posted, reason: words,
                settingsVersion: posted.terms?.settingsVersion ?? history.current.version)
        }
        posted.isCounted = order.revision.isCompleted
        if posted.isCounted, !order.isCounted { posting.newlyCounted.append(posted) }
        if posted != order { posting.changedOrders.append(posted) }
    }

    /// Brings what Alpine IQ is told of an order to `points`.
    mutating func tell(_ points: Int64, of order: inout PostedOrder) {
        guard points != order.pointsTold else { return }
        // Both are sums of what orders are worth, zero or more.
        posting.tellings.append(Telling(order: order.id, points: points - order.pointsTold))
        order.pointsTold = points
    }

    /// What the order is worth now, and how much of it Alpine IQ is to be told; fixes its terms the first time it can
    /// earn and notes why it earns nothing.
    mutating func worth(
        of order: inout PostedOrder, after spend: SpendSoFar
    ) throws(Overflow) -> (points: Int64, toTell: Int64) {
        let revision = order.revision
        guard revision.isCompleted else { return nothing(.notCompleted, for: &order) }
        let settings = history.earning(at: revision.completedAt)
        if order.terms == nil {
            if books.isErased { return nothing(.erased, for: &order) }
            if let start = settings.points.earnFrom, calendar.day(of: revision.completedAt) < start {
                return nothing(.beforeProgramStart, for: &order)
            }
            if history.isPaused(at: revision.completedAt) { return nothing(.paused, for: &order) }
            order.terms = terms(for: revision, under: settings, after: spend)
        }
        guard let terms = order.terms else { return nothing(.unreadable, for: &order) }
        let points: Int64
        let toTell: Int64
        do {
            guard let amount = try earningAmount(of: revision, on: terms.earnOn) else {
                note("The sale names neither tax nor subtotal, so its amount before tax is unknown.", about: revision)
                return nothing(.unreadable, for: &order)
            }
            points = try terms.points(for: amount)
            toTell = try order.pointsToTell(of: points, for: amount, under: terms, asOf: now)
        } catch {
            note("The amount is too large to compute with.", about: revision)
            return nothing(.unreadable, for: &order)
        }
        if points == 0 { return nothing(.belowOnePoint, for: &order) }
        order.reason = nil
        return (points, toTell)
    }

    mutating func note(_ reason: String, about revision: OrderRevision) {
        posting.exceptions.append(PostingException(posOrderID: revision.posOrderID, reason: reason))
    }

    func nothing(_ reason: NoPointsReason, for order: inout PostedOrder) -> (points: Int64, toTell: Int64) {
        order.reason = reason
        return (0, 0)
    }

    func terms(for revision: OrderRevision, under settings: Settings, after spend: SpendSoFar) -> EarningTerms {
        let day = calendar.day(of: revision.completedAt)
        // The tier held before this order: one given by hand later was not.
        let pin = books.pin.flatMap { $0.wasGiven(by: revision.completedAt) ? $0 : nil }
        let tier = settings.tiers.tier(
            spend: spend.qualifying(for: settings.tiers.qualifyingWindow, on: day),
            daysSinceLastOrder: spend.lastDay.map { $0.days(to: day) }, pin: pin, today: day)
        let hasEquity = books.equity.contains { $0.covers(revision.completedAt) }
        return EarningTerms(
            pointsPerDollar: settings.points.pointsPerDollar,
            equityMultiplier: hasEquity ? settings.points.equityMultiplier : .one, tierMultiplier: tier.earnMultiplier,
            rounding: settings.points.rounding, earnOn: settings.points.earnOn, settingsVersion: settings.version)
    }

    /// The amount that earns, with what was given back taken off under this order's date and terms.
    func earningAmount(of revision: OrderRevision, on base: EarnBase) throws(Overflow) -> Cents? {
        try revision.earningAmount(on: base, less: books.refunds[revision.posOrderID] ?? [])
    }

    func netTotal(of order: PostedOrder) throws(Overflow) -> Cents {
        var total = order.revision.total
        for refund in books.refunds[order.revision.posOrderID] ?? [] { total = try total.adding(refund.total) }
        return total
    }

    /// Posts `difference` for `order`: an earning whole, a clawback as far as `available` goes, the rest owed.
    mutating func move(
        _ difference: Int64, for order: inout PostedOrder, reason: String, settingsVersion: Int64
    ) throws(Overflow) {
        let taken = max(difference, -(balance - books.held))
        // Also when nothing can be taken: what is owed then has numbers of its own for what is settled.
        order.postingCount += 1
        if taken != 0 {
            balance = try addingExactly(balance, taken)
            posting.entries.append(
                PlannedEntry(
                    order: order.id, points: taken, kind: taken > 0 ? .earn : .clawback,
                    key: "order:\(order.id):\(order.postingCount)", reason: reason, settingsVersion: settingsVersion))
        }
        if taken != difference {
            var owing = owings[order.id] ?? Owing(of: order)
            owing.put += taken - difference
            owing.open += taken - difference
            owings[order.id] = owing
        }
        order.pointsPosted = try addingExactly(order.pointsPosted, difference)
    }

    /// Settles what is owed from what has become available, oldest order first.
    mutating func settleOwings() {
        let settlement = Settlement(
            of: owings.keys.sorted(by: isOlder).compactMap { owings[$0] }, available: balance - books.held,
            settingsVersion: history.current.version)
        for owing in settlement.owings { owings[owing.order] = owing }
        balance -= settlement.points
        posting.entries += settlement.entries
    }

    /// By completion, then id. Of an order that has left only the id is known, which tells when it was stored.
    func isOlder(_ left: OrderID, _ right: OrderID) -> Bool {
        func age(_ id: OrderID) -> (Instant, OrderID) {
            let stored = Instant(microsecondsSince1970: Int64(id.rawValue >> 80) * 1_000)
            return ((books.orders + books.leaving).first { $0.id == id }?.revision.completedAt ?? stored, id)
        }
        return age(left) < age(right)
    }

    func standing(of sales: [PostedOrder]) throws(Overflow) -> CustomerStanding {
        let counted = sales.filter(\.revision.isCompleted)
        let today = calendar.day(of: now)
        var standing = books.standing
        standing.lifetime = .zero
        standing.qualifying = .zero
        let firstDay = history.current.tiers.qualifyingWindow.firstDay(asOf: today)
        for order in counted {
            let net = try netTotal(of: order)
            standing.lifetime = try standing.lifetime.adding(net)
            if firstDay.map({ $0 <= calendar.day(of: order.revision.completedAt) }) ?? true {
                standing.qualifying = try standing.qualifying.adding(net)
            }
        }
        standing.orderCount = Int64(counted.count)
        standing.firstOrderAt = counted.first?.revision.completedAt
        standing.lastOrderAt = counted.last?.revision.completedAt
        return standing.reclassified(under: history.current, pin: books.pin, today: today)
    }
}

extension CustomerStanding {
    /// This standing with tier and segment as of `today`: what a posting, a recalculation and a preview share.
    public func reclassified(under settings: Settings, pin: TierPin?, today: Day) -> CustomerStanding {
        let calendar = settings.business.calendar
        func daysSince(_ instant: Instant?) -> Int64? { instant.map { calendar.day(of: $0).days(to: today) } }
        var standing = self
        standing.tier =
            settings.tiers.tier(
                spend: qualifying, daysSinceLastOrder: daysSince(lastOrderAt), pin: pin, today: today
            ).id
        standing.segment = settings.segments.segment(
            of: PurchaseHistory(
                orderCount: orderCount, lifetimeValue: lifetime, daysSinceFirstOrder: daysSince(firstOrderAt),
                daysSinceLastOrder: daysSince(lastOrderAt)))
        return standing
    }
}

/// The spend of the orders before the one at hand, in order of completion.
private struct SpendSoFar {
    let calendar: LocalCalendar
    private(set) var lastDay: Day?
    private var total = Cents.zero
    private var days: [(day: Day, net: Cents)] = []

    init(window history: SettingsHistory, calendar: LocalCalendar) { self.calendar = calendar }

    mutating func add(_ net: Cents, at instant: Instant) throws(Overflow) {
        let day = calendar.day(of: instant)
        total = try total.adding(net)
        days.append((day, net))
        lastDay = day
    }

    func qualifying(for window: QualifyingWindow, on day: Day) -> Cents {
        guard let first = window.firstDay(asOf: day) else { return total }
        // The sums are parts of `total`'s terms, each of which fits.
        return Cents(rawValue: days.reversed().prefix { $0.day >= first }.reduce(0) { $0 &+ $1.net.rawValue })
    }
}
