import FastCGI
import HTTPTypes
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
    func showCustomer(_ visit: Visit) throws -> Response { try customerPage(visit.id("id"), visit) }

    /// A member, or the refusal that there is none.
    func customerDetail(_ id: CustomerID, _ visit: Visit) throws -> CustomerDetail {
        guard let customer = try visit.store.customer(id) else {
            throw Refusal(.notFound, "There is no such customer.")
        }
        return customer
    }

    /// The page with its forms, one of them perhaps as it was refused.
    func customerPage(
        _ id: CustomerID, _ visit: Visit, refused: (form: RefusedForm, problems: FormProblems)? = nil,
        status: HTTPResponse.Status = .ok
    ) throws -> Response {
        let customer = try customerDetail(id, visit)
        let today = visit.settings.business.calendar.day(of: .now())
        let page = CustomerPage(
            customer, holds: try visit.store.openHolds(of: id),
            ledger: try visit.store.ledger(of: id, visit.range("ledger_"), limit: 25),
            activities: try visit.store.activities(of: id, visit.range(), limit: 25), settings: visit.settings,
            role: visit.role, today: today,
            forms: CustomerForms(customer, settings: visit.settings, role: visit.role, today: today, refused: refused),
            link: visit.link)
        return try render(page, for: visit, in: .customers, status: status)
    }
}
