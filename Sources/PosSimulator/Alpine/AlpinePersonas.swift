/// Contacts: list, search, one.
extension Alpine {
    static let listMax = 2_000

    func personas(_ request: Request) -> Response {
        let limit = min(max(request.integer("limit") ?? 100, 1), Alpine.listMax)
        let start = max(request.integer("start") ?? 0, 0)
        var rows = sorted(by: request.query["sort"] ?? "name")
        if let search = request.query["search"], !search.isEmpty {
            rows = PersonaSearch(search, world: world).matching(rows)
        }
        if request.query["dir"] == "desc" { rows.reverse() }
        if effects.isEmpty { rows = [] }
        let page = rows.dropFirst(start).prefix(limit)
        var json = JSONWriter(reserving: page.count * 600 + 200)
        json.object { json in
            json.field("success", true)
            json.field("code", 200)
            json.null("errors")
            json.object("data") { json in
                json.field("start", start)
                json.field("limit", limit)
                json.field("size", page.count)
                json.field("total", rows.count)
                guard !page.isEmpty else { return json.null("results") }
                json.array("results") { json in
                    for row in page { write(world.personas[Int(row)], to: &json) }
                }
            }
        }
        return Response(body: json.bytes)
    }

    func onePersona(_ contact: String) -> Response {
        guard let position = world.persona(contact: contact), !effects.isEmpty else {
            return Alpine.failed(404, "contact not found")
        }
        return Alpine.data { write(world.personas[position], to: &$0) }
    }

    func isHidden(_ persona: Persona) -> Bool { persona.isHidden || effects.isHidden }

    /// The figure as told: without sales that lag, and nothing in a wave.
    func shownThousandths(_ persona: Persona) -> Int64 {
        if effects.zeroPercent > 0, persona.contact.low % 100 < UInt64(effects.zeroPercent) { return 0 }
        let points = world.pointsThousandths(persona)
        guard effects.lagSeconds > 0 else { return points }
        return points - world.baseSince(nowMilliseconds - Int64(effects.lagSeconds) * 1_000, of: persona) * 1_000
    }

    func write(_ persona: Persona, to json: inout JSONWriter) {
        let text = world.text(ofPersona: persona)
        json.object { json in
            json.field("contactID", persona.contact.text)
            json.field("srcID", sourceID(persona))
            json.field("platform", persona.customer >= 0 && sourceID(persona) != nil ? "alleaves" : "web")
            json.field("firstName", text.firstName)
            json.field("lastName", text.lastName)
            json.field("email", text.email)
            json.field("mobilePhone", text.phone)
            json.null("homePhone")
            json.field("favoriteStoreID", Alpine.storeID)
            json.field("inserted", persona.insertedSeconds)
            json.field("loyalty", persona.isMember)
            json.field("loyaltySignupTS", persona.insertedSeconds)
            if isHidden(persona) {
                json.field("loyaltyPoints", 0)
                json.field("hidePointsInWallet", true)
            } else if persona.hasPointsField {
                json.thousandths("loyaltyPoints", shownThousandths(persona))
            }
            json.field("leakyBucket", "active")
            writeConsent(persona, to: &json)
        }
    }

    private func writeConsent(_ persona: Persona, to json: inout JSONWriter) {
        if persona.wantsTexts {
            json.field("optinTime", persona.insertedSeconds + 100)
            json.null("optoutTime")
        } else {
            json.null("optinTime")
            json.field("optoutTime", persona.insertedSeconds + 100)
        }
        json.field("optreqTime", persona.insertedSeconds + 50)
        json.null("hasRequested")
        json.field("emailOptInTime", persona.insertedSeconds + 100)
        json.field("smsconsent", persona.wantsTexts)
    }

    /// The POS id, which contacts that came by another door do not have.
    func sourceID(_ persona: Persona) -> String? {
        guard persona.customer >= 0, persona.kind != .byCode, persona.kind != .byPhone else { return nil }
        return String(Customer.firstID + Int(persona.customer))
    }

    /// Positions in that order; kept until something changes. Ties go by position.
    private func sorted(by word: String) -> [Int32] {
        let name = ["id", "inserted", "signup", "points", "email", "mobilePhone"].contains(word) ? word : "name"
        let version = world.version + (name == "points" ? world.pointsVersion : 0)
        if let kept = world.sortedPersonas[name], kept.version == version { return kept.positions }
        let all = world.personas.indices.filter { !world.personas[$0].isDeleted }.map { Int32($0) }
        let positions: [Int32]
        switch name {
        case "id": positions = Alpine.sorted(all) { world.personas[$0].contact.high }
        case "inserted", "signup": positions = Alpine.sorted(all) { world.personas[$0].insertedSeconds }
        case "points": positions = Alpine.sorted(all) { world.pointsThousandths(world.personas[$0]) }
        case "mobilePhone": positions = Alpine.sorted(all) { world.phoneNumber(ofPersona: world.personas[$0]) ?? 0 }
        case "email": positions = Alpine.sorted(all) { world.text(ofPersona: world.personas[$0]).email ?? "" }
        default:
            positions = Alpine.sorted(all) { position in
                let text = world.text(ofPersona: world.personas[position])
                return "\(text.firstName ?? "") \(text.lastName ?? "")"
            }
        }
        world.sortedPersonas[name] = (version, positions)
        return positions
    }

    private static func sorted<Key: Comparable>(_ positions: [Int32], by key: (Int) -> Key) -> [Int32] {
        let keys = positions.map { key(Int($0)) }
        return positions.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }.map { positions[$0] }
    }
}
