import FastCGI
import HTTPTypes
import LoyaltyRules
import LoyaltyStore

extension Site {
    /// A page of the back office with everything around it.
    ///
    /// - Parameter section: the part that the navigation marks.
    func render(
        _ page: some Page, for visit: Visit, in section: Section, status: HTTPResponse.Status = .ok,
        refreshSeconds: Int? = nil
    ) throws -> Response {
        var chrome = chrome(for: visit, in: section, counts: try counts(for: visit))
        chrome.refreshSeconds = refreshSeconds
        if let notice = try takeNotice(visit) { chrome.notices.append(.done(notice)) }
        return .html(try shared.templates.render(page, in: chrome), status: status)
    }

    /// What waits in parts of the back office.
    private func counts(for visit: Visit) throws -> [Section: Int] {
        guard visit.role.may(.readReconciliation) else { return [:] }
        let review = try visit.store.reviewCounts()
        return [.reconciliation: Int(review.records + review.incidents)]
    }

    /// What stands around a page of this visit; notices are the caller's.
    func chrome(for visit: Visit, in section: Section?, counts: [Section: Int] = [:]) -> Chrome {
        var chrome = Chrome(shopName: visit.settings.business.name, csrf: visit.csrf, reference: visit.request.id)
        chrome.org = visit.tenant.slug
        chrome.person = Chrome.Person(name: visit.session.email, role: visit.role.label)
        chrome.navigation = Section.navigation(
            visit.role.sections.filter { shared.router.canShow($0.path) }, current: section,
            counts: counts, org: visit.namesOrg ? visit.tenant.slug : nil)
        if visit.namesOrg {
            chrome.shops = visit.memberships.map { membership in
                let isCurrent = membership.tenant.id == visit.tenant.id
                let name = isCurrent ? visit.settings.business.name : membership.tenant.slug
                return Chrome.Shop(org: membership.tenant.slug, name: name, isCurrent: isCurrent)
            }
        }
        return chrome
    }

    /// What the last POST left to be told; told once.
    func takeNotice(_ visit: Visit) throws -> String? {
        guard let notice = visit.session.notice else { return nil }
        try store.clearNotice(ofSession: visit.session.tokenHash)
        return notice
    }

    /// The answer to an accepted POST: back to a page, which tells `notice`.
    func seeOther(_ path: String, for visit: Visit, notice: String? = nil) throws -> Response {
        if let notice { try store.setNotice(notice, ofSession: visit.session.tokenHash) }
        return .seeOther(visit.link(path))
    }
}
