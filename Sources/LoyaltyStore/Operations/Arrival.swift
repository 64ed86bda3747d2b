import LoyaltyRules

/// A batch of revisions on its way into the store: what each changes, and whose it is.
struct Arrival {
    /// Whether a revision strictly older than the stored one is ignored.
    let ignoresOlder: Bool
    /// Whose orders these are by the ids they stand under, where it is not the customer's POS id that says it.
    let owners: [String: CustomerID?]
    /// The customers whom the revisions name by their POS ids.
    var named: [String: CustomerID]
    /// Whom our API named, of orders of the point of sale.
    var told: [OrderID: ToldBuyer] = [:]

    /// What a revision is beside the stored order.
    enum Change {
        case same
        case stale
        /// Our API names another, of an order of which the point of sale has the word.
        case buyer
        /// To be stored, for this customer.
        case differs(OrderRevision, CustomerID?)

        var isSame: Bool { if case .same = self { true } else { false } }
    }

    func change(to told: OrderRevision, from old: KnownOrder) -> Change {
        var revision = told.over(old.revision)
        if ignoresOlder, let new = revision.updatedAt, let kept = old.revision.updatedAt, new < kept {
            return .stale
        }
        let buyer = buyer(of: told, over: old)
        revision.posCustomerID = buyer.posID
        let isSame = revision == old.revision && buyer.customer == old.customer
        guard isSame else { return .differs(revision, buyer.customer) }
        guard told.source == .api, old.revision.source == .pos else { return .same }
        return buyer.keeps == nil || buyer.keeps == self.told[old.id] ? .stale : .buyer
    }

    /// The known customer of an order seen for the first time that concerns nobody else: a sale of the point of sale's own.
    func buyerOfPlainSale(_ revision: OrderRevision) -> CustomerID? {
        guard revision.source == .pos, revision.total >= .zero, revision.externalID == nil else { return nil }
        return revision.posCustomerID.flatMap { named[$0] }
    }

    /// The customers in whose ledgers storing `told` may change something: to be locked before the orders.
    func customers(of told: OrderRevision, over old: StoredOrder?) -> [CustomerID] {
        let owner = old.map { buyer(of: told, over: $0.known) } ?? buyer(of: told)
        return [owner.customer, old?.customer, old?.losing].compactMap { $0 }
    }
}

/// What storing revisions sets in motion.
struct News {
    /// Whose ledgers are to be brought to it.
    private(set) var customers: Set<CustomerID> = []
    /// Those among them who lose an order that was posted for them.
    private(set) var losing: Set<CustomerID> = []
    /// The POS ids of sales that negative orders lower, wholly or in part.
    private(set) var refunded: Set<String> = []
    /// The POS ids of sales taken back as a whole.
    private(set) var undone: Set<String> = []

    mutating func note(_ revision: OrderRevision, over old: StoredOrder?, owner: CustomerID?) {
        customers.formUnion([owner, old?.customer].compactMap { $0 })
        if let holder = old?.postedCustomer, holder != owner {
            customers.insert(holder)
            losing.insert(holder)
        }
        if revision.takesBack(old?.posted.revision) { undone.insert(revision.posOrderID) }
        refunded.formUnion([revision.namedSale, old?.posted.revision.namedSale].compactMap { $0 })
    }
}

extension StoredRevisions {
    /// Counts what needs no writing.
    ///
    /// - Returns: whether the revision is to be stored.
    mutating func count(_ change: Arrival.Change) -> Bool {
        switch change {
        case .same: unchanged += 1
        case .stale: stale += 1
        case .differs, .buyer: return true
        }
        return false
    }
}

/// What is stored of an order, apart from what was posted.
struct KnownOrder {
    var id: OrderID
    var revision: OrderRevision
    var customer: CustomerID?
    /// What it was read from as it is stored; nil when that is not known.
    var wireDigest: WireDigest?
}

extension StoredOrder {
    var known: KnownOrder { KnownOrder(id: posted.id, revision: posted.revision, customer: customer) }
}

extension OrderRevision {
    /// The sale that a negative order takes back.
    var namedSale: String? { total < .zero ? refundOf : nil }
}
