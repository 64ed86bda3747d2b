import FastCGI
import LoyaltyRules
import LoyaltyStore
import Secrets

/// Points given or taken by hand, as typed.
struct AdjustForm: Sendable {
    var points = ""
    var reason = ""
    /// Made when the form is rendered: pressed twice, it has one effect.
    var requestKey: String
    private var refused = FormProblems()

    /// An adjustment that may be posted.
    struct Asked: Equatable {
        let points: Int64
        let reason: String
        let key: String
    }

    /// An empty form.
    init() { requestKey = RandomBytes.token() }

    init(from fields: FormFields) {
        var reader = FormReader(fields)
        points = reader.text("points")
        reason = reader.text("reason")
        requestKey = reader.text("request_key")
        refused = reader.problems
    }

    /// - Parameter limit: the most points that this person may move at once.
    func validated(limit: Int64) throws(FormProblems) -> Asked {
        var problems = refused
        let number = Self.signedWhole(points)
        if limit == 0 {
            problems.add("points", "Managers may not adjust points at this shop. Ask an admin.")
        } else if number.map({ $0 == 0 || $0.magnitude > limit.magnitude }) ?? true {
            problems.add("points", "Enter whole points from \(Self.range(limit)), but not 0.")
        }
        let reason = problems.line(reason, "reason", 1...200, "Say why, in 1 to 200 characters.")
        let isKey =
            (1...64).contains(requestKey.utf8.count) && requestKey.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        if !isKey { problems.add("request_key", "This page was not complete. Open it again and repeat your changes.") }
        return try problems.checked(Asked(points: number ?? 0, reason: reason, key: requestKey))
    }

    /// `−500 to 500`.
    static func range(_ limit: Int64) -> String { "\(groupedDigits(-limit)) to \(groupedDigits(limit))" }

    /// `+50`, `-1,240`, also with a typographic minus; nil for what is no whole number.
    private static func signedWhole(_ text: String) -> Int64? {
        let plain = text.cleaned.replacing("−", with: "-")
        let isNegative = plain.hasPrefix("-")
        let digits = isNegative || plain.hasPrefix("+") ? String(plain.dropFirst()) : plain
        guard let first = digits.utf8.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return nil }
        return wholeNumber(parsing: digits.plainNumber).map { isNegative ? -$0 : $0 }
    }
}

extension Role {
    /// The most points that this role may adjust by at once. contract.md, "Sign-in, roles, pages".
    func adjustmentMax(_ settings: Settings) -> Int64 {
        switch self {
        case .manager: settings.program.adjustLimit
        case .dispensaryAdmin, .superUser: Adjustment.pointsMax
        case .budtender, .auditor: 0
        }
    }
}

extension FormProblems {
    /// Text on one line, cleaned; a problem when its length is outside `range`.
    mutating func line(_ text: String, _ field: String, _ range: ClosedRange<Int>, _ message: String) -> String {
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ").cleaned
        let hasControl = line.unicodeScalars.contains { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) }
        if !range.contains(line.unicodeScalars.count) || hasControl { add(field, message) }
        return line
    }

    /// A day from `today` on; nil for blank.
    mutating func comingDay(_ text: String, _ field: String, today: Day) -> Day? {
        let typed = text.cleaned
        if typed.isEmpty { return nil }
        guard let day = Day(parsing: typed), day >= today, day.components.year < 2_200 else {
            add(field, "Enter a date from \(Words.day(today)) to the year 2199, or leave it blank.")
            return nil
        }
        return day
    }
}
