/// Wallets, membership, consent, texts.
extension Alpine {
    func persona(phone: String?, email: String?) -> Int? {
        let number = phone.flatMap { Phones.number(typed: $0) }
        let address = email?.lowercased()
        guard number != nil || address != nil else { return nil }
        return world.personas.indices.first { position in
            let persona = world.personas[position]
            guard !persona.isDeleted else { return false }
            if let number { return world.phoneNumber(ofPersona: persona) == number }
            return world.text(ofPersona: persona).email?.lowercased() == address
        }
    }

    private func persona(_ body: JSON?) -> Int? {
        persona(phone: body?["phone"]?.text, email: body?["email"]?.text)
    }

    func wallet(_ body: JSON?, _ request: Request) -> Response {
        guard let position = persona(body), !effects.isEmpty else { return Alpine.failed(404, "contact not found") }
        let persona = world.personas[position]
        let points = isHidden(persona) ? 0 : shownThousandths(persona)
        return Alpine.data { json in
            json.object { json in
                json.field("contactID", persona.contact.text)
                if persona.hasPointsField || isHidden(persona) { json.thousandths("loyaltyPoints", points) }
                json.field("hidePointsInWallet", isHidden(persona))
                if request.query["badges"] == "true" {
                    json.array("audiences") {
                        $0.object {
                            $0.field("name", "Regulars")
                            $0.field("avatar", "")
                        }
                    }
                }
                json.array("discountTemplates") { json in
                    for reward in Alpine.rewards where reward.points * 1_000 <= points {
                        write(reward, of: persona, host: request.host, to: &json)
                    }
                }
            }
        }
    }

    private func write(
        _ reward: (id: String, name: String, points: Int64, dollars: Int), of persona: Persona, host: String,
        to json: inout JSONWriter
    ) {
        json.object {
            $0.field("id", reward.id)
            $0.field("posDiscountID", "55")
            $0.field("name", reward.name)
            $0.field("pageTitle", reward.name)
            $0.field("inStoreRedemption", false)
            $0.field("pointsDeduction", reward.points)
            $0.field("dollarValue", reward.dollars)
            $0.field("percentageValue", 0)
            $0.field("tierDiscount", true)
            $0.field("reusable", true)
            $0.field("available", true)
            $0.field("expiration", 0)
            let path = "/alpine/api/v1.1/discount/redeem/\(Alpine.account)/\(reward.id)/\(persona.contact.text)"
            $0.field("redemptionURL", "http://\(host)\(path)")
        }
    }

    /// Would text a code; it is always 1234.
    func verify(_ body: JSON?) -> Response {
        persona(body) == nil ? Alpine.failed(404, "contact not found") : Alpine.data { $0.null() }
    }

    func view(_ body: JSON?, _ request: Request) -> Response {
        body?["code"]?.text == "1234" ? wallet(body, request) : Alpine.failed(400, "wrong code")
    }

    func lookup(_ text: String) -> Response {
        let isAddress = text.contains("@")
        guard let position = persona(phone: isAddress ? nil : text, email: isAddress ? text : nil) else {
            return Alpine.failed(404, "contact not found")
        }
        let persona = world.personas[position]
        return Alpine.data { json in
            json.object {
                $0.field("contactID", persona.contact.text)
                $0.field("loyalty", persona.isMember)
            }
        }
    }

    /// Creates or updates by phone, else by e-mail. A bad phone is silently dropped.
    func joinLoyalty(_ body: JSON?) -> Response {
        guard let body, case .object = body else { return Alpine.failed(400, "a JSON object is expected") }
        let phone = body["mobilePhone"]?.text.flatMap { Phones.number(typed: $0) }.map { String($0) }
        let email = body["email"]?.text
        let known = persona(phone: phone, email: phone == nil ? email : nil)
        let position = known ?? world.add(newPersona())
        world.changePersona(position) { persona in
            var text = persona.text ?? CustomerText()
            text.firstName = body["firstName"]?.text ?? text.firstName
            text.lastName = body["lastName"]?.text ?? text.lastName
            text.phone = phone ?? text.phone
            text.email = email ?? text.email
            persona.text = text
            persona.isMember = body["loyalty"]?.bool ?? persona.isMember
            persona.wantsTexts = body["smsoptin"]?.bool ?? persona.wantsTexts
        }
        let persona = world.personas[position]
        return Alpine.data { json in
            json.object {
                $0.field("contactID", persona.contact.text)
                $0.field("srcID", sourceID(persona))
            }
        }
    }

    private func newPersona() -> Persona {
        Persona(
            customer: -1, kind: .plain, contact: ContactID(seed: world.seed ^ 0xFFFF, customer: world.personas.count),
            wantsTexts: false, insertedSeconds: nowSeconds)
    }

    /// Never creates a contact.
    func optIn(phone: String, isWanted: Bool) -> Response {
        guard let position = persona(phone: phone, email: nil) else { return Alpine.failed(404, "contact not found") }
        world.changePersona(position) { $0.wantsTexts = isWanted }
        return Alpine.data { $0.null() }
    }

    /// The text itself is in the control log's body.
    func sendText(_ body: JSON?) -> Response {
        guard let phone = body?["phone"]?.text, Phones.number(typed: phone) != nil, body?["body"]?.text != nil else {
            return Alpine.failed(400, "phone and body are required")
        }
        return Alpine.data { $0.null() }
    }
}
