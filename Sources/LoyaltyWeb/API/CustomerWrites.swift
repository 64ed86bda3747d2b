import FastCGI
import HTTPTypes
import LoyaltyRules
import LoyaltyStore

extension Site {
    /// `POST /api/v1/customers`: somebody joins, once.
    func joinCustomer(_ visit: KeyVisit) throws -> Response {
        try idempotent(visit) { tx in
            let now = Instant.now()
            let joining = try JoiningCustomer(visit, at: now)
            let history = try shared.histories.history(in: tx, at: now)
            let cause = PostingCause(requestID: visit.request.id)
            let (customer, isNew) = try tx.join(joining, under: history, cause: cause, at: now)
            let action = isNew ? "customers.create" : "customers.find"
            try tx.append(visit.audit(action, subject: "\(customer)"))
            return try answer(customer, tx, history, status: isNew ? .created : .ok, isNew: isNew)
        }
    }

    /// `POST /api/v1/customers/{id}`: changes what is named.
    func changeCustomer(_ visit: KeyVisit) throws -> Response {
        try idempotent(visit) { tx in
            let now = Instant.now()
            let (changes, names) = try CustomerChanges.read(visit, at: now)
            let customer = try tx.customerID(of: visit.customerName)
            let history = try shared.histories.history(in: tx, at: now)
            let cause = PostingCause(requestID: visit.request.id)
            try tx.change(customer, changes, under: history, cause: cause, at: now)
            let detail = names.joined(separator: ", ")
            try tx.append(visit.audit("customers.change", subject: "\(customer)", detail: detail))
            return try answer(customer, tx, history)
        }
    }

    private func answer(
        _ customer: CustomerID, _ tx: TenantTransaction, _ history: SettingsHistory,
        status: HTTPResponse.Status = .ok, isNew: Bool? = nil
    ) throws -> ApiAnswer {
        guard let record = try tx.records(of: .id(customer), limit: 1).first else {
            throw Refusal(.conflict, "This customer was erased.")
        }
        let members = customerMembers(record, history.current) + (isNew.map { [("created", .bool($0))] } ?? [])
        return ApiAnswer(status: status, json: .object(members), customer: customer)
    }
}

extension JoiningCustomer {
    /// Reads the body of `POST /api/v1/customers`.
    fileprivate init(_ visit: KeyVisit, at now: Instant) throws {
        var fields = try BodyFields(visit.request.body)
        let posID = fields.ifGiven("posId") { $0.posID("posId") }
        let firstName = fields.ifGiven("firstName") { $0.personName("firstName") }
        let lastName = fields.ifGiven("lastName") { $0.personName("lastName") }
        let phone = fields.ifGiven("phone") { $0.phone("phone") }
        let email = fields.ifGiven("email") { $0.email("email") }
        let birthDate = fields.ifGiven("birthDate") { $0.birthDate("birthDate", before: now) }
        let code = fields.ifGiven("referralCode") { $0.referralCode("referralCode") }
        let consent = fields.consent(visit)
        fields.refuseOthers()
        let names = ["posId", "firstName", "lastName", "phone", "email"]
        if fields.problems.isEmpty, posID == nil, phone == nil, email == nil, (firstName ?? "") + (lastName ?? "") == ""
        {
            let list = names.map { "“\($0)”" }.joined(separator: ", ")
            let _: Never? = fields.refuse("", "required", "Say who joins: by one of \(list).")
        }
        guard fields.problems.isEmpty else { throw fields.refusal }
        self.init(
            posID: posID, firstName: firstName ?? "", lastName: lastName ?? "", phone: phone, email: email,
            birthDate: birthDate, referralCode: code, consent: consent)
    }
}

extension CustomerChanges {
    /// Reads the body of `POST /api/v1/customers/{id}`, and which fields it names.
    fileprivate static func read(_ visit: KeyVisit, at now: Instant) throws -> (CustomerChanges, names: [String]) {
        var fields = try BodyFields(visit.request.body)
        let names = fields.present(["posId", "firstName", "lastName", "phone", "email", "birthDate", "consent"])
        var changes = CustomerChanges(consent: fields.consent(visit))
        changes.posID = fields.ifGiven("posId") { $0.posID("posId") }
        changes.firstName = fields.change("firstName") { $0.personName("firstName") }
        changes.lastName = fields.change("lastName") { $0.personName("lastName") }
        changes.phone = fields.change("phone") { $0.phone("phone") }
        changes.email = fields.change("email") { $0.email("email") }
        changes.birthDate = fields.change("birthDate") { $0.birthDate("birthDate", before: now) }
        fields.refuseOthers()
        guard fields.problems.isEmpty else { throw fields.refusal }
        return (changes, names)
    }
}

extension BodyFields {
    /// `consent:{sms?,email?,wording?}`: what was said, for the place that the key's name says.
    fileprivate mutating func consent(_ visit: KeyVisit) -> ConsentStatement {
        var statement = ConsentStatement(isGiven: [:], place: visit.actor, requestID: visit.request.id)
        let said = ifGiven("consent") { fields in
            fields.object("consent") { inner -> (sms: Bool?, email: Bool?, wording: String?) in
                (
                    inner.ifGiven("sms") { $0.bool("sms") }, inner.ifGiven("email") { $0.bool("email") },
                    inner.ifGiven("wording") { $0.text("wording", 1...500) }
                )
            }
        }
        statement.isGiven[.sms] = said?.sms
        statement.isGiven[.email] = said?.email
        statement.wording = said?.wording
        return statement
    }

    fileprivate mutating func referralCode(_ name: String) -> ReferralCode? {
        guard let text = string(name) else { return nil }
        return ReferralCode(text) ?? refuse(name, "invalid", "“\(name)” must have ten letters and digits.")
    }
}
