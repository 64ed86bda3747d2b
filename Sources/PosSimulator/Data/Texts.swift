/// How the integers of a customer read.
extension World {
    func text(ofCustomer position: Int) -> CustomerText {
        if let text = customerTexts[position] { return text }
        let customer = customers[position]
        var text = CustomerText()
        (text.firstName, text.lastName) = name(ofCustomer: position)
        text.phone = phone(ofCustomer: position)
        text.email = email(ofCustomer: position)
        text.birthDate = customer.birthDay.map { CivilTime.isoDay(Int($0)) }
        if customer.hasCode, let persona = persona(customer: position) { text.code = personas[persona].contact.text }
        return text
    }

    /// What an order says of its buyer.
    func name(ofCustomer position: Int) -> (first: String?, last: String?) {
        if let text = customerTexts[position] { return (text.firstName, text.lastName) }
        let customer = customers[position]
        if customer.isGuest { return (["Guest", "GUEST", "guest"][position % 3], "") }
        return (Names.first[Int(customer.firstName)], Names.last[Int(customer.lastName)])
    }

    private func phone(ofCustomer position: Int) -> String? {
        let customer = customers[position]
        guard let style = customer.phoneStyle else { return position % 3 == 0 ? "" : nil }
        if style >= UInt8(Phones.styles) { return ["n/a", "000-000-0000", "555"][position % 3] }
        return Phones.typed(Phones.number(position - (customer.sharesPhone ? 1 : 0)), style: style)
    }

    private func email(ofCustomer position: Int) -> String? {
        if position % 251 == 250 { return "no-email@alleaves.local" }
        guard customers[position].hasEmail else { return position % 4 == 0 ? "" : nil }
        return address(ofCustomer: position)
    }

    /// The address the person gave to whoever asked.
    func address(ofCustomer position: Int) -> String {
        let customer = customers[position]
        // Two shops ago somebody typed the store's own address for people without one.
        if position % 97 == 96 { return "frontdesk@example.com" }
        let (first, last) = (Names.first[Int(customer.firstName)], Names.last[Int(customer.lastName)])
        return "\(Names.plain(first)).\(Names.plain(last))\(position + 1)@example.com"
    }

    /// Name, phone and address as Alpine holds them.
    func text(ofPersona persona: Persona) -> CustomerText {
        guard persona.customer >= 0 else { return persona.text ?? CustomerText() }
        let position = Int(persona.customer)
        var text = text(ofCustomer: position)
        let customer = customers[position]
        if customerTexts[position] == nil {
            text.phone = String(Phones.number(position - (customer.sharesPhone ? 1 : 0)))
            text.email = customer.hasEmail || position % 2 == 0 ? address(ofCustomer: position) : nil
        } else {
            text.phone = text.phone.flatMap { Phones.number(typed: $0) }.map { String($0) }
        }
        if let told = persona.text {
            text.firstName = told.firstName ?? text.firstName
            text.lastName = told.lastName ?? text.lastName
            text.phone = told.phone ?? text.phone
            text.email = told.email ?? text.email
        }
        return text
    }

    /// Ten digits, without writing them as text first: lookups walk over everybody.
    func phoneNumber(ofPersona persona: Persona) -> Int64? {
        let position = Int(persona.customer)
        guard position >= 0, persona.text?.phone == nil, customerTexts[position] == nil else {
            return text(ofPersona: persona).phone.flatMap { Phones.number(typed: $0) }
        }
        return Phones.number(position - (customers[position].sharesPhone ? 1 : 0))
    }

    /// Name and address in small letters, made for everybody at once and kept until somebody changes.
    func searchWords(ofPersona position: Int) -> [UInt8] {
        if let kept = keptSearchWords, kept.version == version { return kept.words[position] }
        let words = personas.map { persona in
            let text = text(ofPersona: persona)
            return Array("\(text.firstName ?? "") \(text.lastName ?? "")\n\(text.email ?? "")".lowercased().utf8)
        }
        keptSearchWords = (version, words)
        return words[position]
    }
}
