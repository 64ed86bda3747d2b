/// The loyalty service, as far as clients were seen to use it. One envelope around everything.
struct Alpine {
    let world: World
    let effects: Effects
    let nowMilliseconds: Int64
    static let key = "demo-alpine-key"
    static let account = "1234"
    static let storeID = 12

    var nowSeconds: Int64 { nowMilliseconds / 1_000 }

    func answer(_ request: Request) -> Response {
        // One header name only; a bearer token or X-API-KEY is no key at all, and the status is 403, not 401.
        guard request.apiKey == Alpine.key else { return Alpine.refused }
        let path = Array(request.path.dropFirst(2))
        return routed(request, path) ?? Alpine.failed(404, "not found")
    }

    static let refused = failed(403, "Please provide a valid API key")

    static func failed(_ status: Int, _ words: String) -> Response {
        .json(status: status) { json in
            json.object {
                $0.field("success", false)
                $0.field("code", status)
                $0.null("data")
                $0.array("errors") { $0.object { $0.field("message", words) } }
            }
        }
    }

    static func data(_ write: (inout JSONWriter) -> Void) -> Response {
        .json { json in
            json.object {
                $0.field("success", true)
                $0.field("code", 200)
                $0.null("errors")
                $0.key("data")
                write(&$0)
            }
        }
    }

    private func routed(_ request: Request, _ path: [String]) -> Response? {
        switch path.first {
        case "v1.1": accountRoute(request, path)
        case "v2": secondRoute(request, path)
        default: nil
        }
    }

    /// Paths that name the account.
    private func accountRoute(_ request: Request, _ path: [String]) -> Response? {
        guard path.count > 2 else { return nil }
        let name = path[1] == "contact" || path[1] == "adjust" || path[1] == "discount" ? 3 : 2
        let isTimeline = path[1] == "contact" && path[2] == "loyaltyPoints"
        let rest = Array(path.dropFirst(isTimeline ? 4 : name))
        guard rest.first == Alpine.account else { return rest.isEmpty ? nil : Alpine.refused }
        switch (request.method, path[1], rest.count) {
        case ("GET", "piis", 1): return personas(request)
        case ("GET", "piis", 2): return onePersona(rest[1])
        case ("PUT", "adjust", 2) where path[2] == "loyaltyPoints": return adjust(rest[1], request.json())
        case ("GET", "adjustments", 3): return movements(rest[1], rest[2], areRedemptions: false)
        case ("GET", "redemptions", 3): return movements(rest[1], rest[2], areRedemptions: true)
        case ("PUT", "discount", 3) where path[2] == "redeem": return redeem(discount: rest[1], token: rest[2])
        case ("GET", "contact", 2) where isTimeline: return timeline(rest[1], request)
        case ("GET", "contact", 2) where path[2] == "orders": return purchases(rest[1])
        case ("GET", "stores", 1): return named([(Alpine.storeID, "Demo Store")])
        case ("GET", "audiences", 1): return named([(501, "Regulars"), (502, "Lapsed 60 days")])
        case ("PUT", "optin", 3): return optIn(phone: rest[1], isWanted: rest[2] == "true")
        case ("POST", "createUpdateMember", 1): return joinLoyalty(request.json())
        default: return nil
        }
    }

    private func secondRoute(_ request: Request, _ path: [String]) -> Response? {
        let body = request.json()
        switch (request.method, path.dropFirst().first, path.count) {
        case ("POST", "wallet", 2): return wallet(body, request)
        case ("GET", "wallet", 3): return wallet(.object(["phone": .string(path[2])]), request)
        case ("POST", "verify", 3...4): return verify(body)
        case ("POST", "view", 3...4): return view(body, request)
        case ("POST", "loyalty", 2): return joinLoyalty(body)
        case ("GET", "loyalty", 4) where path[2] == "lookup": return lookup(path[3])
        case ("GET", "loyalty", 4) where path[2] == "default":
            return path[3] == Alpine.account ? program() : Alpine.refused
        case ("GET", "lookup", 3): return lookup(path[2])
        case ("GET", "lookup", 4) where path[2] == "email": return lookup(path[3])
        case ("PUT", "optin", 5) where path[2] == "text": return optIn(phone: path[3], isWanted: path[4] == "true")
        case ("POST", "sms", 2): return sendText(body)
        default: return nil
        }
    }

    private func named(_ rows: [(id: Int, name: String)]) -> Response {
        Alpine.data { json in
            json.array { json in
                for row in rows where !effects.isEmpty {
                    json.object {
                        $0.field("id", row.id)
                        $0.field("name", row.name)
                    }
                }
            }
        }
    }

    /// A dollar is a point, fractions stay, nothing expires.
    private func program() -> Response {
        Alpine.data { json in
            json.object { json in
                json.field("id", 1)
                json.field("name", "Demo Rewards")
                json.field("userID", 1_234)
                json.array("tiers") { json in
                    for (points, dollars) in [(100, 5), (250, 15), (500, 35)] {
                        json.object {
                            $0.field("points", points)
                            $0.field("discount", dollars)
                            $0.field("max", 1)
                        }
                    }
                }
                json.object("accrual") {
                    $0.field("pointsPer100Dollars", 100)
                    $0.field("rounding", "down")
                }
                json.null("expiration")
            }
        }
    }
}
