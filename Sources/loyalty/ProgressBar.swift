import Foundation
import LoyaltyRules

/// How far something is, on standard error: a bar that is drawn over on a terminal, a line for each stage elsewhere.
struct ProgressBar {
    private let isShown: Bool
    private let isTerminal: Bool
    private let clock = ContinuousClock()
    private var stage = ""
    private var stageBegan = ContinuousClock().now
    private var drawnAt: ContinuousClock.Instant?
    private static let pause = Duration.milliseconds(100)

    init(isShown: Bool) {
        self.isShown = isShown
        isTerminal = isatty(STDERR_FILENO) == 1
    }

    /// Draws, at most ten times a second.
    mutating func show(_ stage: String, done: Int64, expected: Int64?) {
        guard isShown else { return }
        let now = clock.now
        if stage != self.stage {
            if isTerminal && !self.stage.isEmpty { write("\n") }
            self.stage = stage
            stageBegan = now
            drawnAt = nil
            if !isTerminal { tell(stage) }
        }
        guard isTerminal, drawnAt.map({ now - $0 >= Self.pause }) ?? true else { return }
        drawnAt = now
        write("\r\u{1B}[K" + Self.line(stage, done: done, expected: expected, after: now - stageBegan))
    }

    /// Ends the bar's line.
    func finish() {
        if isShown && isTerminal && !stage.isEmpty { write("\n") }
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }

    /// What one moment looks like: count, rate and time left, as far as they are known.
    static func line(_ stage: String, done: Int64, expected: Int64?, after elapsed: Duration) -> String {
        let milliseconds = max(
            1, elapsed.components.seconds * 1_000 + elapsed.components.attoseconds / 1_000_000_000_000_000)
        let rate = done.multipliedReportingOverflow(by: 1_000).partialValue / milliseconds
        let pace = rate > 0 ? "  \(groupedDigits(rate))/s" : ""
        guard let expected, expected > 0 else { return "\(stage)  \(groupedDigits(done))\(pace)" }
        let width: Int64 = 24
        let shown = min(max(done, 0), expected)
        let filled = Int(shown / max(1, expected / width))
        let bar = String(repeating: "#", count: min(filled, Int(width)))
        let rest = String(repeating: ".", count: Int(width) - bar.count)
        let left = rate > 0 && shown < expected ? "  \(groupedDigits((expected - shown) / rate + 1)) s left" : ""
        return "\(stage)  [\(bar)\(rest)]  \(groupedDigits(done)) of \(groupedDigits(expected))\(pace)\(left)"
    }
}
