import FastCGI
import LoyaltyRules
import LoyaltyStore

extension Site {
    /// The members, or those that `q` means.
    func showCustomers(_ visit: Visit) throws -> Response {
        let lines = CustomersPage.Lines(
            settings: visit.settings, contacts: ContactWords(isMasked: visit.role.seesMaskedContacts))
        let page: CustomersPage
        if let search = CustomerSearch(try visit.query.single("q") ?? "") {
            let result = try visit.store.customers(search, limit: 50)
            page = CustomersPage(
                search, found: result.found, hasMore: result.hasMore, lines: lines, link: visit.link)
        } else {
            page = CustomersPage(
                try visit.store.customers(visit.range(), limit: 50), lines: lines, link: visit.link)
        }
        return try render(page, for: visit, in: .customers)
    }

    /// One member.
    func showCustomer(_ visit: Visit) throws -> Response {
        let id: CustomerID = try visit.id("id")
        guard let customer = try visit.store.customer(id) else {
            throw Refusal(.notFound, "There is no such customer.")
        }
        let page = CustomerPage(
            customer, ledger: try visit.store.ledger(of: id, visit.range("ledger_"), limit: 25),
            activities: try visit.store.activities(of: id, visit.range(), limit: 25), settings: visit.settings,
            isMasked: visit.role.seesMaskedContacts, link: visit.link)
        return try render(page, for: visit, in: .customers)
    }
}
