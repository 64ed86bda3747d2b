import Connectors
import LoyaltyRules
import LoyaltyStore

/// A persona and the customer it belongs to.
struct PersonaMatch: Equatable {
    let customer: CustomerID
    let persona: Persona
    let requestedAt: Instant
}

/// Finds whose a persona is: by POS id, else by the POS's link to Alpine, else by a phone or e-mail that exactly one
/// persona and one customer carry. An ambiguous match is no match, and is listed. rules.md, "A figure".
///
/// Belongs to one thread at a time.
final class PersonaMatcher {
    private let store: TenantStore
    private var matched: Set<CustomerID> = []
    private var left: [(persona: Persona, requestedAt: Instant)] = []
    private var carriers: [String: Int] = [:]
    /// Customers into whom others were merged may have several: theirs wait until all were seen.
    private var ofSurvivors: [CustomerID: [(persona: Persona, requestedAt: Instant)]] = [:]
    private let survivors: Set<CustomerID>
    /// Contact ids that could not be told apart.
    private(set) var ambiguous: [String] = []

    init(_ store: TenantStore) throws {
        self.store = store
        survivors = try store.survivors()
    }

    /// The matches by id of one page; the others wait for `matchTheRest`, for an id on a later page goes before a code.
    func match(_ personas: [Persona], requestedAt: Instant) throws -> [PersonaMatch] {
        let byPosID = try store.customers(.alleaves, outsideIDs: Set(personas.compactMap(\.alleavesCustomerID)))
        var matches: [PersonaMatch] = []
        for persona in personas {
            for contact in persona.contacts { carriers[contact, default: 0] += 1 }
            if let customer = persona.alleavesCustomerID.flatMap({ byPosID[$0] }) {
                add(persona, of: customer, requestedAt: requestedAt, to: &matches)
            } else {
                left.append((persona, requestedAt))
            }
        }
        return matches
    }

    /// The matches by the POS's link, then by phone or e-mail, once all pages were seen.
    func matchTheRest() throws -> [PersonaMatch] {
        let rest = try matchByCode() + matchByContact()
        return try rest + matchSurvivors()
    }

    /// Of several persons each has a part of the points: the customer is matched with the one whom our movements go to,
    /// and their number is not compared. (Nor is that of a single one who may have a part: see `balances(of:at:)`.)
    private func matchSurvivors() throws -> [PersonaMatch] {
        let known = try store.alpineStandings(of: ofSurvivors.keys)
        return ofSurvivors.sorted { $0.key < $1.key }.compactMap { customer, found in
            let sorted = found.sorted { $0.persona.contactID < $1.persona.contactID }
            let same = sorted.first { $0.persona.contactID == known[customer]?.contactID }
            guard var one = same ?? sorted.first else { return nil }
            if sorted.count > 1 { one.persona.figure = .unknown }
            return PersonaMatch(customer: customer, persona: one.persona, requestedAt: one.requestedAt)
        }
    }

    private func matchByCode() throws -> [PersonaMatch] {
        var matches: [PersonaMatch] = []
        var unlinked: [(persona: Persona, requestedAt: Instant)] = []
        for start in stride(from: 0, to: left.count, by: 1_000) {
            let chunk = left[start..<min(start + 1_000, left.count)]
            let byCode = try store.customers(.alpineCode, outsideIDs: Set(chunk.map(\.persona.contactID)))
            for (persona, requestedAt) in chunk {
                if let customer = byCode[persona.contactID] {
                    add(persona, of: customer, requestedAt: requestedAt, to: &matches)
                } else if !persona.contacts.isEmpty {
                    unlinked.append((persona, requestedAt))
                }
            }
        }
        left = unlinked
        return matches
    }

    private func add(
        _ persona: Persona, of customer: CustomerID, requestedAt: Instant, to matches: inout [PersonaMatch]
    ) {
        if survivors.contains(customer) {
            ofSurvivors[customer, default: []].append((persona, requestedAt))
        } else if matched.insert(customer).inserted {
            matches.append(PersonaMatch(customer: customer, persona: persona, requestedAt: requestedAt))
        } else {
            ambiguous.append(persona.contactID)
        }
    }

    private func matchByContact() throws -> [PersonaMatch] {
        var matches: [PersonaMatch] = []
        for start in stride(from: 0, to: left.count, by: 1_000) {
            let chunk = left[start..<min(start + 1_000, left.count)]
            let sole = try store.soleCarriers(
                phones: Set(chunk.flatMap { $0.persona.phones }), emails: Set(chunk.compactMap { $0.persona.email }))
            for (persona, requestedAt) in chunk {
                let carried = persona.contacts.filter { sole.byPhone[$0] != nil || sole.byEmail[$0] != nil }
                let candidates = Set(
                    carried.filter { carriers[$0] == 1 }.compactMap { sole.byPhone[$0] ?? sole.byEmail[$0] })
                if let customer = candidates.first, candidates.count == 1, survivors.contains(customer) {
                    // It may be the merged one's phone, and their part of the points.
                    var persona = persona
                    persona.figure = .unknown
                    ofSurvivors[customer, default: []].append((persona, requestedAt))
                    continue
                }
                guard let customer = candidates.first, candidates.count == 1, matched.insert(customer).inserted else {
                    let isShared = !carried.isEmpty || persona.contacts.contains(where: sole.shared.contains)
                    if isShared { ambiguous.append(persona.contactID) }
                    continue
                }
                matches.append(PersonaMatch(customer: customer, persona: persona, requestedAt: requestedAt))
            }
        }
        return matches
    }
}

extension Persona {
    fileprivate var phones: [Phone] { [phone, homePhone].compactMap(\.self) }
    /// Each once: a person whose two numbers are the same carries it once.
    fileprivate var contacts: [String] {
        [phone?.e164, homePhone == phone ? nil : homePhone?.e164, email].compactMap(\.self)
    }
}
