/// Answers requests. Each worker thread makes one with the closure given to `Server`, keeps it for its life and never
/// shares it, so it may own a database connection and need not be Sendable.
public protocol RequestHandler {
    /// The answer to `request`. A `BadRequest` thrown here is answered by `failure`; other errors the handler maps to
    /// an answer itself.
    func respond(to request: Request) throws(BadRequest) -> Response

    /// The answer to a request that could not be read or was refused with `BadRequest`. `path` is decoded when that
    /// was possible and raw otherwise, so it tells an API from a page but is not fit to be shown.
    func failure(_ bad: BadRequest, id: String, path: String) -> Response
}
