import FastCGI
import LoyaltyRules
import LoyaltyStore

/// What points were used for: how much, by whom, where, and how much came back.
public struct ReportPage: Page {
    public static let template = "redemptions/report"

    public let title = "Redemptions"
    let purpose = "What points were used for. What was given back counts in no points, dollars or average."
    let from: Field
    let to: Field
    let group: Field
    let tiles: [DashboardPage.Tile]
    let chart: Chart?
    let columnName: String
    let lines: [Line]
    let hasLines: Bool
    let empty: String?
    let fileHref: String?
    let atPos: String?
    let problems: [Problem]
    let hasProblems: Bool

    /// A discount that somebody has to look at.
    struct Problem: Sendable {
        let problemHref: String
        let problemName: String
        let problemWords: String
    }

    /// One row of the table.
    struct Line: Sendable {
        let lineName: String
        let taken: String
        let points: String
        let dollars: String
        let average: String
        let givenBack: String
    }

    /// The dollars of each line as bars side by side.
    struct Chart: Sendable {
        let caption: String
        let description: String
        let height: String
        let bars: [Bar]
    }

    struct Bar: Sendable {
        let barName: String
        let amount: String
        let barTop: String
        let textTop: String
        let long: String
        let endLeft: String
    }

    /// - Parameters:
    ///   - problems: what is wrong with the query; then there are no lines.
    ///   - link: to an address of this site.
    init(
        _ query: ReportQuery, _ grouping: RedemptionGrouping, lines: [RedemptionReportLine],
        problems: FormProblems = FormProblems(), discounts: PosDiscountReport = PosDiscountReport(),
        contacts: ContactWords, link: (String) -> String
    ) throws(Overflow) {
        var maker = FieldMaker(problems: problems)
        from = maker.make("from", "From", query.from, .date)
        to = maker.make("to", "To", query.to, .date)
        group = maker.make(
            "group", "By", query.group, .choice(RedemptionGrouping.allCases.map { ($0.rawValue, $0.columnName, nil) }))
        var sum = RedemptionReportLine(name: nil)
        for line in lines { sum = try sum.adding(line) }
        tiles = lines.isEmpty ? [] : Self.tiles(sum)
        chart = Self.chart(lines, grouping, sum: sum, contacts: contacts)
        columnName = grouping.columnName
        self.lines = lines.map { line in
            let day = grouping == .day ? line.name.flatMap { Day(parsing: $0) }.map(Words.day) : nil
            return Line(
                lineName: day ?? grouping.shown(line.name, contacts: contacts), taken: groupedDigits(line.taken),
                points: groupedDigits(line.points), dollars: line.value.formatted(),
                average: line.averageOrder?.formatted() ?? "–",
                givenBack: "\(groupedDigits(line.givenBack)) (\(line.rateText) %)")
        }
        hasLines = !lines.isEmpty
        let isRefused = !problems.problems.isEmpty
        empty =
            isRefused || hasLines
            ? nil : "No points were used in these days. Budtenders use them at the till, programs over the API."
        atPos = discounts.words
        self.problems = discounts.problems.map { found in
            Problem(
                problemHref: link("\(Path.customers)/\(found.customer)"),
                problemName: "\(found.value.formatted()), order \(found.posOrderID)", problemWords: found.words)
        }
        hasProblems = !discounts.problems.isEmpty
        fileHref = hasLines ? link("\(Path.redemptions).csv?\(query.encoded)") : nil
    }

    private static func tiles(_ sum: RedemptionReportLine) -> [DashboardPage.Tile] {
        [
            DashboardPage.Tile(label: "Times used", number: groupedDigits(sum.taken), note: "rewards taken", link: nil),
            DashboardPage.Tile(label: "Points", number: groupedDigits(sum.points), note: "spent for good", link: nil),
            DashboardPage.Tile(
                label: "Dollars off", number: sum.value.formatted(),
                note: "average order \(sum.averageOrder?.formatted() ?? "–")", link: nil),
            DashboardPage.Tile(
                label: "Given back", number: "\(sum.rateText) %",
                note: "\(groupedDigits(sum.givenBack)) of \(groupedDigits(sum.taken))", link: nil),
        ]
    }

    private static func chart(
        _ lines: [RedemptionReportLine], _ grouping: RedemptionGrouping, sum: RedemptionReportLine,
        contacts: ContactWords
    ) -> Chart? {
        // As many as can be read; the table has all.
        let shown = lines.suffix(grouping == .day ? 31 : lines.count).prefix(31)
        guard let best = lines.max(by: { $0.value < $1.value }), best.value > .zero else { return nil }
        let bars = shown.enumerated().map { index, line -> Bar in
            let long = Int64(Int128(150) * Int128(line.value.rawValue) / Int128(best.value.rawValue))
            let seen = line.value > .zero ? max(long, 2) : 0
            return Bar(
                barName: name(of: line, grouping, contacts), amount: line.value.formatted(),
                barTop: String(index * 26 + 5), textTop: String(index * 26 + 18), long: String(seen),
                endLeft: String(136 + seen))
        }
        let caption =
            "\(sum.value.formatted()) off for \(Words.points(sum.points)), most: "
            + "\(name(of: best, grouping, contacts)), \(best.value.formatted())."
        return Chart(
            caption: caption, description: bars.map { "\($0.barName) \($0.amount)" }.joined(separator: ", "),
            height: String(bars.count * 26), bars: bars)
    }

    /// Short enough to stand beside a bar.
    private static func name(
        of line: RedemptionReportLine, _ grouping: RedemptionGrouping, _ contacts: ContactWords
    ) -> String {
        if grouping == .day { return line.name.flatMap { Day(parsing: $0) }.map(Words.shortDay) ?? "" }
        let whole = grouping.shown(line.name, contacts: contacts)
        return whole.count > 18 ? "\(whole.prefix(17))…" : whole
    }
}

extension PosDiscountReport {
    /// In a line; nil when nothing was carried.
    fileprivate var words: String? {
        guard applied + queued + failed > 0 else { return nil }
        return
            "Of those not given back, \(groupedDigits(applied)) \(applied == 1 ? "is" : "are") on the order at the point of sale, "
            + "\(groupedDigits(queued)) on the way, \(groupedDigits(failed)) not there."
    }
}

extension RedemptionReportLine {
    /// `12.5`: of hundred, how many were given back.
    var rateText: String { DecimalText.format(givenBackPerMille, places: 1, fractionDigitsMin: 1) }
}

extension PosDiscountReport {
    fileprivate static var sample: PosDiscountReport {
        var report = PosDiscountReport()
        (report.applied, report.failed) = (2, 1)
        report.problems = [
            Problem(
                redemption: RedemptionID(rawValue: 1), customer: CustomerID(rawValue: 1), posOrderID: "7001",
                value: 15_00, words: "The point of sale has no order of this number.")
        ]
        return report
    }
}

extension ReportPage {
    public static let samples: [ReportPage] = {
        let query = ReportQuery(["from": "2026-03-01", "to": "2026-03-02"], today: Day(daysSince1970: 20_500))
        var lines = ["2026-03-01", "2026-03-02"].map { RedemptionReportLine(name: $0) }
        (lines[0].taken, lines[0].points, lines[0].value, lines[0].orderTotal) = (3, 600, 35_00, 180_00)
        (lines[1].taken, lines[1].givenBack) = (1, 1)
        var problems = FormProblems()
        problems.add("from", "Enter a date.")
        problems.add("group", "Choose one of the options.")
        let contacts = ContactWords(isMasked: false)
        do {
            return [
                try ReportPage(query, .day, lines: lines, discounts: .sample, contacts: contacts) { $0 },
                try ReportPage(query, .staff, lines: [], contacts: contacts) { $0 },
                try ReportPage(query, .day, lines: [], problems: problems, contacts: contacts) { $0 },
            ]
        } catch {
            preconditionFailure("the samples are small")
        }
    }()
}
