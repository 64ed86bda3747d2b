import Synchronization

/// The page of the API, taken from its description when somebody asks for it first.
final class ApiDocs: Sendable {
    private let made = Mutex<ApiDocsPage?>(nil)

    func page(at address: String, _ templates: Templates) throws -> ApiDocsPage {
        if let page = made.withLock({ $0 }) { return page }
        let page = ApiDocsPage(try ApiDescription(templates.apiDescription), address: address)
        made.withLock { $0 = page }
        return page
    }
}
