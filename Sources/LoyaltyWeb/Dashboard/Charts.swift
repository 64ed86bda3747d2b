import LoyaltyRules
import LoyaltyStore

/// Points of each day, issued above a line and redeemed below it, so that colour is not needed to tell them apart.
/// The drawing has no text: it stretches with the page, and text beside it does not.
struct DailyChart: Sendable {
    let caption: String
    let firstDay: String
    let lastDay: String
    let width: String
    let height: String
    let zero: String
    let zeroLine: String
    let bars: [Bar]
    let days: [Line]
    let isEmpty: Bool

    /// One rectangle.
    struct Bar: Sendable {
        let left: String
        let top: String
        let tall: String
        let series: String
    }

    /// One row of the table.
    struct Line: Sendable {
        let lineDay: String
        let issued: String
        let redeemed: String
        let corrected: String
    }

    private static let dayWidth = 12
    private static let span: Int64 = 120

    init(_ days: [DailyPoints]) {
        let issuedMax = days.map { max($0.issued, 0) }.max() ?? 0
        let redeemedMax = days.map { max($0.redeemed, 0) }.max() ?? 0
        let scale = Int128(issuedMax) + Int128(redeemedMax)
        let above = scale == 0 ? Self.span / 2 : Int64(Int128(Self.span) * Int128(issuedMax) / scale)
        isEmpty = days.allSatisfy { $0.issued == 0 && $0.redeemed == 0 && $0.corrected == 0 }
        caption = Self.finding(days)
        firstDay = days.first.map { Words.shortDay($0.day) } ?? ""
        lastDay = days.last.map { Words.shortDay($0.day) } ?? ""
        width = String(days.count * Self.dayWidth)
        height = String(Self.span + 4)
        zero = String(above + 2)
        zeroLine = String(days.count * Self.dayWidth)
        bars = days.enumerated().flatMap { index, day in Self.bars(day, at: index, above: above, scale: scale) }
        self.days = days.reversed().map {
            Line(
                lineDay: Words.day($0.day), issued: groupedDigits($0.issued), redeemed: groupedDigits($0.redeemed),
                corrected: Words.signed($0.corrected))
        }
    }

    private static func bars(_ day: DailyPoints, at index: Int, above: Int64, scale: Int128) -> [Bar] {
        let left = String(index * dayWidth + 2)
        var bars: [Bar] = []
        let up = length(day.issued, scale)
        if up > 0 { bars.append(Bar(left: left, top: String(above + 1 - up), tall: String(up), series: "1")) }
        let down = length(day.redeemed, scale)
        if down > 0 { bars.append(Bar(left: left, top: String(above + 3), tall: String(down), series: "2")) }
        return bars
    }

    private static func length(_ points: Int64, _ scale: Int128) -> Int64 {
        guard points > 0, scale > 0 else { return 0 }
        // What is there is seen, however little.
        return max(1, Int64(Int128(span) * Int128(points) / scale))
    }

    private static func finding(_ days: [DailyPoints]) -> String {
        let issued = days.reduce(Int128(0)) { $0 + Int128($1.issued) }
        let redeemed = days.reduce(Int128(0)) { $0 + Int128($1.redeemed) }
        guard issued != 0 || redeemed != 0 else { return "No points were issued or redeemed in the last 30 days." }
        var text =
            "\(groupedDigits(issued)) points issued and \(groupedDigits(redeemed)) redeemed in \(days.count) days"
        if let best = days.max(by: { $0.issued < $1.issued }), best.issued > 0 {
            text += ", most on \(Words.day(best.day))"
        }
        return text + "."
    }
}

/// Members by something, as bars side by side with their names and numbers.
struct MemberChart: Sendable {
    let name: String
    let caption: String
    let columnName: String
    let height: String
    let rows: [Row]
    let description: String

    /// One bar.
    struct Row: Sendable {
        let rowName: String
        let count: String
        let share: String
        let long: String
        let barTop: String
        let textTop: String
        let endLeft: String
    }

    private static let rowHeight = 26
    private static let barLeft: Int64 = 96
    private static let barLength: Int64 = 190

    /// - Parameter counts: in the order of the page.
    init(name: String, columnName: String, counts: [(String, Int64)], total: Int64) {
        self.name = name
        self.columnName = columnName
        let most = counts.map(\.1).max() ?? 0
        rows = counts.enumerated().map { index, entry in
            let long = most == 0 ? 0 : Int64(Int128(Self.barLength) * Int128(entry.1) / Int128(most))
            let shown = entry.1 > 0 ? max(long, 2) : 0
            return Row(
                rowName: entry.0, count: groupedDigits(entry.1), share: Words.share(entry.1, of: total),
                long: String(shown), barTop: String(index * Self.rowHeight + 5),
                textTop: String(index * Self.rowHeight + 18), endLeft: String(Self.barLeft + shown + 6))
        }
        height = String(max(1, counts.count) * Self.rowHeight)
        if let top = counts.max(by: { $0.1 < $1.1 }), total > 0 {
            caption =
                "\(top.0) is the largest \(columnName.lowercased()): \(Words.share(top.1, of: total)) of "
                + "\(Words.counted(total, "customer", "customers"))."
        } else {
            caption = "No customers yet."
        }
        description = counts.map { "\($0.0) \(groupedDigits($0.1))" }.joined(separator: ", ")
    }
}
