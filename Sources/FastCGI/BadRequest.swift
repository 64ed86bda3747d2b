public import HTTPTypes

/// A request that cannot be answered as asked, found before or while it was read.
public struct BadRequest: Error, Sendable, Equatable, CustomStringConvertible {
    /// 400, 413, 415 and the like.
    public let status: HTTPResponse.Status
    /// What is wrong, in words that are safe to show: nothing the client sent is repeated.
    public let detail: String

    /// A refusal with `status`, explained by `detail`.
    public init(status: HTTPResponse.Status = .badRequest, detail: String) {
        self.status = status
        self.detail = detail
    }

    /// Status and detail, for logs.
    public var description: String { "\(status.code): \(detail)" }
}
