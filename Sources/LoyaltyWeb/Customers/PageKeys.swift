import FastCGI
import LoyaltyRules
import LoyaltyStore

/// Where a page of a list begins, as links carry it: `?older=` or `?newer=` with a key.
struct Pager: Sendable {
    let newer: String?
    let older: String?
    let shown: String

    /// - Parameters:
    ///   - name: set before `older` and `newer` when a page has several lists: `ledger_`.
    ///   - key: the text that `range` reads back.
    ///   - newerKey: that for newer rows, if it is another.
    ///   - link: an address that other query fields may already follow.
    init<Element>(
        _ page: PageOf<Element>, of words: (String, String), name: String = "", link: (String) -> String,
        key: (Element) -> String, newerKey: ((Element) -> String)? = nil
    ) {
        newer = page.hasNewer ? page.rows.first.map { link("\(name)newer=\(newerKey?($0) ?? key($0))") } : nil
        older = page.hasOlder ? page.rows.last.map { link("\(name)older=\(key($0))") } : nil
        shown = Words.counted(Int64(page.rows.count), words.0, words.1) + " on this page"
    }
}

/// A key as it stands in an address.
protocol PageKey: Equatable, Sendable {
    init?(text: String)
    var text: String { get }
}

extension Visit {
    /// The part of a list that the address asks for; a key that is none of ours is refused.
    func range<Key: PageKey>(_ name: String = "", _ key: Key.Type = Key.self) throws -> PageRange<Key> {
        func read(_ field: String) throws -> Key? {
            guard let text = try query.single(name + field) else { return nil }
            guard let key = Key(text: text) else {
                throw Refusal(.invalidRequest, "This part of the list does not exist. Open the list again.")
            }
            return key
        }
        if let key = try read("older") { return .older(than: key) }
        if let key = try read("newer") { return .newer(than: key) }
        return .first
    }
}

extension Int64: PageKey {
    init?(text: String) {
        guard let number = wholeNumber(parsing: text), number >= 0 else { return nil }
        self = number
    }

    var text: String { String(self) }
}

extension CustomerKey: PageKey {
    /// `<microseconds or "never">.<id>`.
    init?(text: String) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let id = CustomerID(String(parts[1])) else { return nil }
        if parts[0] == "never" {
            self.init(lastOrderAt: nil, id: id)
        } else {
            guard let at = Instant(keyText: String(parts[0])) else { return nil }
            self.init(lastOrderAt: at, id: id)
        }
    }

    var text: String { "\(lastOrderAt.map { String($0.microsecondsSince1970) } ?? "never").\(id)" }
}

extension ActivityKey: PageKey {
    /// `<microseconds>.<id>.<number of a ledger entry>`.
    init?(text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, let at = Instant(keyText: parts[0]), let id = ActivityID(parts[1]),
            let sequence = Int64(text: parts[2])
        else { return nil }
        self.init(at: at, id: id, sequence: sequence)
    }

    var text: String { "\(at.microsecondsSince1970).\(id).\(sequence)" }
}

extension Instant {
    /// Microseconds within the years that the database can hold.
    fileprivate init?(keyText: String) {
        guard let microseconds = wholeNumber(parsing: keyText), (0...253_402_300_799_999_999).contains(microseconds)
        else { return nil }
        self.init(microsecondsSince1970: microseconds)
    }
}
