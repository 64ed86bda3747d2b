import FastCGI
import HTTPTypes
import LoyaltyStore

extension Site {
    /// `GET /healthz`: this process answers.
    func showHealth(_ call: Call) throws -> Response { .text("ok\n") }

    /// `GET /readyz`: the database answers and has the schema this program was made for.
    func showReadiness(_ call: Call) throws -> Response {
        do {
            let version = try store.schemaVersion()
            guard version >= shared.configuration.schemaVersion else {
                return .text(
                    "the schema is at \(version), not \(shared.configuration.schemaVersion)\n",
                    status: .serviceUnavailable)
            }
            return .text("ready\n")
        } catch  where Outage.isMeant(by: error) {
            return .text("the database does not answer\n", status: .serviceUnavailable)
        }
    }

    /// `GET /metrics`, for Prometheus.
    func showMetrics(_ call: Call) throws -> Response {
        .content(
            Array(shared.metrics.text().utf8), type: "text/plain; version=0.0.4; charset=utf-8")
    }
}
