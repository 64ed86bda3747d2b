import FastCGI
import LoyaltyRules
import LoyaltyStore

/// Which redemptions a report is asked for.
struct ReportQuery: Sendable {
    var from: String
    var to: String
    var group: String
    private var refused: FormProblems

    /// What may be asked of the store.
    struct Asked: Equatable {
        let first: Day
        let last: Day
        let grouping: RedemptionGrouping
    }

    /// At most this many days: a year, so that a report stays quick.
    static let daysMax: Int64 = 366

    /// As the address says; the last 30 days, by day, for what it does not say.
    init(_ fields: FormFields, today: Day) {
        var reader = FormReader(fields)
        from = reader.text("from")
        to = reader.text("to")
        group = reader.text("group")
        refused = reader.problems
        if to.cleaned.isEmpty { to = "\(today)" }
        if from.cleaned.isEmpty { from = Day(parsing: to.cleaned).map { "\($0.advanced(by: -29))" } ?? "" }
        if group.isEmpty { group = RedemptionGrouping.day.rawValue }
    }

    func validated() throws(FormProblems) -> Asked {
        var problems = refused
        let first = problems.reportDay(from, "from")
        let last = problems.reportDay(to, "to")
        if problems["from"] == nil, problems["to"] == nil {
            if first > last { problems.add("to", "The last day must not be before the first.") }
            if first.days(to: last) >= Self.daysMax { problems.add("from", "Choose at most a year.") }
        }
        let grouping = problems.choice(group, "group", orElse: RedemptionGrouping.day)
        return try problems.checked(Asked(first: first, last: last, grouping: grouping))
    }

    /// What a link repeats.
    var encoded: String { FormFields([("from", from), ("to", to), ("group", group)]).encoded }
}

extension FormProblems {
    fileprivate mutating func reportDay(_ text: String, _ field: String) -> Day {
        guard let day = Day(parsing: text.cleaned), (2000..<2_200).contains(day.components.year) else {
            add(field, "Enter a date as in 2026-03-31.")
            return Day(daysSince1970: 0)
        }
        return day
    }
}

extension RedemptionGrouping {
    /// In a heading.
    var columnName: String {
        switch self {
        case .day: "Day"
        case .tier: "Reward"
        case .staff: "Who"
        case .store: "Store"
        case .source: "Where"
        }
    }

    /// A line's name on pages and in files; e-mails of the staff are masked for those who see no contact data.
    func shown(_ name: String?, contacts: ContactWords) -> String {
        switch self {
        case .day: name ?? ""
        case .tier: name ?? "Any number of points"
        case .staff: contacts.email(name) ?? "A program"
        case .store: name ?? "Not told"
        case .source: name == RedemptionSource.till.rawValue ? "At the till" : "By a program"
        }
    }
}
