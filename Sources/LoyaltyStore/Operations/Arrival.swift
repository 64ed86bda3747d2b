import LoyaltyRules

/// A batch of revisions on its way into the store: what each changes, and whose it is.
struct Arrival {
    /// Whether a revision strictly older than the stored one is ignored.
    let ignoresOlder: Bool
    /// Whose orders these are by the ids they stand under, where it is not the customer's POS id that says it.
    let owners: [String: CustomerID?]
    /// The customers whom the revisions name by their POS ids.
    let named: [String: CustomerID]

    /// What a revision is beside the stored order.
    enum Change {
        case same
        case stale
        /// To be stored, for this customer.
        case differs(OrderRevision, CustomerID?)
    }

    func change(to told: OrderRevision, from old: StoredOrder) -> Change {
        let revision = told.over(old.posted.revision)
        let customer = owner(of: revision, over: old, toldBy: told.source)
        let isSame = revision == old.posted.revision && customer == old.customer
        if told.source == .api, old.posted.revision.source == .pos, isSame { return .stale }
        if ignoresOlder, let new = revision.updatedAt, let kept = old.posted.revision.updatedAt, new < kept {
            return .stale
        }
        return isSame ? .same : .differs(revision, customer)
    }

    func owner(of revision: OrderRevision, over old: StoredOrder?, toldBy source: OrderSource) -> CustomerID? {
        if let owner = owners[revision.posOrderID] { return owner }
        if revision.source != source { return old?.customer }
        if let posID = revision.posCustomerID { return named[posID] }
        return old.flatMap { $0.isNamedByPOS ? nil : $0.customer }
    }

    /// The customers in whose ledgers storing `told` may change something: to be locked before the orders.
    func customers(of told: OrderRevision, over old: StoredOrder?) -> [CustomerID] {
        let revision = old.map { told.over($0.posted.revision) } ?? told
        let owner = owner(of: revision, over: old, toldBy: told.source)
        return [owner, old?.customer, old?.losing].compactMap { $0 }
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
        case .differs: return true
        }
        return false
    }
}

extension StoredOrder {
    /// Whether the point of sale said whose it is. If it never did, a revision that names nobody takes the order from
    /// nobody whom our API named.
    fileprivate var isNamedByPOS: Bool { posted.revision.source == .pos && posted.revision.posCustomerID != nil }
}

extension OrderRevision {
    /// The sale that a negative order takes back.
    var namedSale: String? { total < .zero ? refundOf : nil }
}
