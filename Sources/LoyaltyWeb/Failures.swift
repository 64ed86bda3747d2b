import FastCGI
import Foundation
import HTTPTypes
import Logging
import LoyaltyRules
import LoyaltyStore

/// What a person or a program is told about an error.
struct Failure {
    let status: HTTPResponse.Status
    /// A code of contract.md, "API v1", "Codes".
    let code: String
    /// Safe to show.
    let detail: String
    /// Seconds after which another try makes sense.
    var retryAfterSeconds: Int64?
    /// Whether it is our fault, so that it has to be logged whole.
    var isDefect = false
    /// What is wrong with each field of a body or a query.
    var errors: [FieldProblem] = []
    /// What else the problem JSON of the API says.
    var members: [(String, OrderedJSON)] = []

    /// Whether the same request may succeed later.
    var isRetryable: Bool {
        status.code == 429 || status.code >= 500 || code == Refusal.Code.idempotencyInProgress.rawValue
    }

    init(_ bad: BadRequest) {
        self.init(bad.status, Self.code(for: bad.status), bad.detail)
    }

    private init(
        _ status: HTTPResponse.Status, _ code: String, _ detail: String, retryAfterSeconds: Int64? = nil,
        isDefect: Bool = false
    ) {
        self.status = status
        self.code = code
        self.detail = detail
        self.retryAfterSeconds = retryAfterSeconds
        self.isDefect = isDefect
    }

    /// The one function from errors to statuses. style.md, rule 12.
    init(_ error: any Error) {
        switch error {
        case let bad as BadRequest: self.init(bad)
        case let refusal as Refusal: self.init(refusal)
        case let throttled as Throttled:
            self.init(
                .tooManyRequests, "rate_limited", throttled.description, retryAfterSeconds: throttled.seconds)
        case let invalid as InvalidFields:
            self.init(.badRequest, "invalid_request", invalid.description)
            errors = invalid.problems
        case let insufficient as InsufficientPoints:
            self.init(.unprocessableContent, "insufficient_points", insufficient.description)
            members = [
                ("available", .integer(insufficient.available)), ("balance", .integer(insufficient.balance)),
                ("required", .integer(insufficient.required)), ("shortBy", .integer(insufficient.shortBy)),
            ]
        case is SettingsConflict:
            self.init(Refusal(.conflict, "Somebody else saved meanwhile. Open the page again."))
        case let error where Outage.isMeant(by: error):
            self.init(
                .serviceUnavailable, "unavailable", "The database cannot be reached. Try again in a moment.",
                retryAfterSeconds: 2)
        default:
            self.init(
                .internalServerError, "internal_error",
                "Something went wrong. The fault is ours and has been recorded.", isDefect: true)
        }
    }

    private init(_ refusal: Refusal) {
        self.init(refusal.code.status, refusal.code.rawValue, refusal.description)
    }

    private static func code(for status: HTTPResponse.Status) -> String {
        switch status.code {
        case 401: "unauthorized"
        case 403: "forbidden"
        case 404: "not_found"
        case 405: "method_not_allowed"
        case 413: "payload_too_large"
        case 429: "rate_limited"
        case 500...: "internal_error"
        default: "invalid_request"
        }
    }
}

extension Refusal.Code {
    /// contract.md, "Codes".
    var status: HTTPResponse.Status {
        switch self {
        case .invalidRequest: .badRequest
        case .unauthorized: .unauthorized
        case .forbidden: .forbidden
        case .notFound: .notFound
        case .ambiguousCustomer, .conflict, .notConfigured, .idempotencyInProgress, .programPaused, .redemptionNotOpen:
            .conflict
        case .idempotencyMismatch, .rewardExceedsOrder, .belowMinimumOrder, .notRedeemable: .unprocessableContent
        case .switchedOff: .serviceUnavailable
        }
    }
}

/// Too many tries: 429.
struct Throttled: Error, CustomStringConvertible {
    let seconds: Int64
    let description: String
}

extension Site {
    /// The answer to an error of a request.
    func failurePage(for error: any Error, _ request: Request) -> Response {
        let failure = Failure(error)
        if failure.isDefect || failure.status == .serviceUnavailable {
            shared.logger.error(
                "request failed",
                metadata: [
                    "request": "\(request.id)", "method": "\(request.method.rawValue)", "path": "\(request.path)",
                    "error": "\(String(reflecting: error))",
                ])
        }
        return failurePage(failure, id: request.id, path: request.path, chrome: nil)
    }

    func failurePage(_ failure: Failure, id: String, path: String, chrome: Chrome?) -> Response {
        var response: Response
        if path.hasPrefix("/api/v1/") {
            response = problemJSON(failure, id: id)
        } else if path.hasPrefix("/api/") {
            let body = OrderedJSON.object([("error", .text(failure.detail)), ("success", .bool(false))])
            response = .json(body.bytes, status: failure.status)
        } else {
            response = errorPage(failure, id: id, chrome)
        }
        if let seconds = failure.retryAfterSeconds { response.setHeader(.retryAfter, String(seconds)) }
        if failure.status == .unauthorized { response.setHeader(.wwwAuthenticate, "Bearer") }
        return response
    }

    private func problemJSON(_ failure: Failure, id: String) -> Response {
        .json(failure.problemJSON(id: id), status: failure.status, type: "application/problem+json")
    }

    private func errorPage(_ failure: Failure, id: String, _ chrome: Chrome?) -> Response {
        let chrome = chrome ?? Chrome(shopName: "Loyalty", csrf: "", reference: id)
        do {
            return .html(try shared.templates.render(ErrorPage(failure), in: chrome), status: failure.status)
        } catch {
            shared.logger.error("no error page", metadata: ["request": "\(id)", "error": "\(error)"])
            return .text("\(failure.detail)\nReference \(id)\n", status: failure.status)
        }
    }
}

extension Failure {
    /// RFC 9457, with the members of contract.md, "API v1".
    func problemJSON(id: String) -> [UInt8] {
        OrderedJSON.object(
            [
                ("type", .text("about:blank")), ("title", .text(status.reasonPhrase)),
                ("status", .integer(status.code)),
                ("detail", .text(detail)), ("code", .text(code)), ("requestId", .text(id)),
                ("retryable", .bool(isRetryable)), ("errors", .array(errors.map(\.json))),
            ] + members
        ).bytes
    }
}

extension ErrorPage {
    /// The page's own words for the usual cases, the error's for the rest.
    init(_ failure: Failure) {
        let start = Chrome.Link("Go to the start", to: "/")
        switch failure.status.code {
        case 401, 405, 409, 411, 413, 415, 422, 429:
            self.init(
                status: failure.status.code, title: failure.status.reasonPhrase, explanation: failure.detail,
                kept: "Nothing was saved.", wayOut: start)
        case 400, 403:
            self.init(
                status: failure.status.code, title: "That was not possible", explanation: failure.detail,
                kept: "Nothing was saved.", wayOut: start)
        default: self.init(status: failure.status.code)
        }
    }
}
