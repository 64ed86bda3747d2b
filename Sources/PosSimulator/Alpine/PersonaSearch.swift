/// The words of a search: conditions all of which must hold, and at most one text.
struct PersonaSearch {
    private let world: World
    private var conditions: [String] = []
    private var fullName: String?
    private var text: [UInt8]?
    private var number: Int64?
    private var contact: ContactID?

    init(_ search: String, world: World) {
        self.world = world
        if search.hasPrefix("\""), search.hasSuffix("\""), search.count > 2 {
            fullName = search.dropFirst().dropLast().lowercased()
            return
        }
        var words: [String] = []
        for word in search.split(separator: " ").map({ String($0) }) {
            if word.hasPrefix("email:") {
                words.append(String(word.dropFirst(6)))
            } else if word.contains(":") {
                conditions.append(word)
            } else {
                words.append(word)
            }
        }
        guard !words.isEmpty else { return }
        let joined = words.joined(separator: " ")
        contact = ContactID(joined)
        number = Phones.number(typed: joined) ?? Int64(joined)
        if contact == nil, number == nil { text = Array(joined.lowercased().utf8) }
    }

    /// Those of `rows` that match, in their order.
    func matching(_ rows: [Int32]) -> [Int32] {
        if let contact { return one(world.persona(contact: contact.text)) }
        // A customer's id is too short to be anybody's phone.
        if let number, number.magnitude < 1_000_000_000 {
            return one(world.persona(customer: Int(number) - Customer.firstID))
        }
        return rows.filter { matches(Int($0)) }
    }

    private func one(_ position: Int?) -> [Int32] {
        guard let position, !world.personas[position].isDeleted, holdsAll(world.personas[position]) else { return [] }
        return [Int32(position)]
    }

    private func matches(_ position: Int) -> Bool {
        let persona = world.personas[position]
        guard holdsAll(persona) else { return false }
        if let number { return world.phoneNumber(ofPersona: persona) == number }
        if let fullName {
            let person = world.text(ofPersona: persona)
            return "\(person.firstName ?? "") \(person.lastName ?? "")".lowercased() == fullName
        }
        guard let text else { return true }
        // Fuzzy on purpose: the first row need not be the one that was meant.
        return PersonaSearch.contains(world.searchWords(ofPersona: position), text)
    }

    private static func contains(_ words: [UInt8], _ text: [UInt8]) -> Bool {
        guard let first = text.first, words.count >= text.count else { return false }
        return (0...(words.count - text.count)).contains { start in
            words[start] == first && words[start...].starts(with: text)
        }
    }

    private func holdsAll(_ persona: Persona) -> Bool { conditions.allSatisfy { holds($0, persona) } }

    private func holds(_ condition: String, _ persona: Persona) -> Bool {
        switch condition {
        case "is:member": persona.isMember
        case "not:member": !persona.isMember
        case "has:points": world.pointsThousandths(persona) > 0
        case "has:phone", "has:mobile": world.phoneNumber(ofPersona: persona) != nil
        case "has:email": world.text(ofPersona: persona).email != nil
        case "has:name": true
        case "has:usedpoints":
            world.movements.contains { $0.isRedemption && world.personas[$0.persona].contact == persona.contact }
        default: false
        }
    }
}
