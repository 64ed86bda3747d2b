import LoyaltyRules
import LoyaltyStore

/// The till: find, use points, see what to press, give back. One page for all of it.
public struct TillPage: Page {
    public static let template = "till/till"

    public let title: String
    /// Whose page it is, where it is somebody's.
    let heading: String
    let outcome: TillOutcome?
    let search: Search
    let answer: String?
    let candidates: [Candidate]
    let hasCandidates: Bool
    let empty: String?
    let customer: TillCustomer?
    let join: TillJoin?

    /// The one search box.
    struct Search: Sendable {
        var typed = ""
        var typedTotal = ""
        /// The POS's number of the order, by which a discount finds it.
        var asksForOrder = false
        var typedOrder = ""
        var totalProblem: String?
        /// The customer who is open without having been typed.
        var openID: String?
        /// Where the keyboard is when the page opens: one place on a page.
        var startsAtSearch = false
        var startsAtTotal = false
    }

    /// Somebody who may be meant.
    struct Candidate: Sendable {
        let href: String
        let candidateName: String
        let candidateContact: String
        let candidatePoints: String
    }

    /// What was found.
    enum Content: Sendable {
        case nothing
        case nobody(CustomerSearch, TillJoin)
        case joining(TillJoin)
        case several([CustomerCard], hasMore: Bool)
        case customer(TillCustomer)
    }

    init(_ content: Content, outcome: TillOutcome? = nil, search: Search, link: (String) -> String) {
        var search = search
        var candidates: [Candidate] = []
        var (answer, empty, customer): (String?, String?, TillCustomer?) = (nil, nil, nil)
        var join: TillJoin?
        switch content {
        case .nothing: break
        case .joining(let form): join = form
        case .nobody(let asked, let form):
            join = form
            empty =
                asked.isTooShortForNames
                ? "Nobody has this id. For a name, type at least 2 letters."
                : "Nobody was found. Try another number, or let them join."
        case .several(let cards, let hasMore):
            candidates = cards.map { Candidate($0, search, link: link) }
            answer =
                hasMore
                ? "The first \(cards.count). Type more of the name, or the year of birth beside it."
                : "\(cards.count) found. Choose one."
        case .customer(let found): customer = found
        }
        (self.answer, self.empty, self.customer, self.join) = (answer, empty, customer, join)
        self.candidates = candidates
        hasCandidates = !candidates.isEmpty
        self.outcome = outcome
        // Without points enough for a reward a total changes nothing, so nothing is said of it.
        if customer?.canUsePoints == false { search.totalProblem = nil }
        search.startsAtTotal = outcome == nil && customer?.canUsePoints == true && customer?.totalText == nil
        search.startsAtSearch =
            outcome == nil && candidates.isEmpty && join?.startsHere != true
            && (customer == nil || customer?.canUsePoints == false && customer?.totalText == nil)
        if customer != nil, search.typed.isEmpty { search.openID = customer?.customerID }
        self.search = search
        title = outcome?.headline ?? "Till"
        heading = customer?.customerName ?? outcome?.who ?? "Till"
    }
}

extension TillPage.Candidate {
    init(_ card: CustomerCard, _ search: TillPage.Search, link: (String) -> String) {
        let contacts = ContactWords(isMasked: true)
        href = link(TillPage.path(of: card.id, total: search.typedTotal, order: search.typedOrder))
        candidateName = contacts.name(card)
        candidateContact = contacts.phone(card.phone) ?? contacts.email(card.email) ?? "no phone"
        candidatePoints = Words.points(card.available)
    }
}
