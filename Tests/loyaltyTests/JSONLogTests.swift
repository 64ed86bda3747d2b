import Logging
import LoyaltyRules
import Testing

@testable import loyalty

struct JSONLogTests {
    @Test("a record is one line of JSON, whatever it says")
    func oneLine() {
        let log = JSONLog(label: "serve", logLevel: .info, metadata: ["request": "r1", "level": "forged"])
        let event = LogEvent(
            level: .error, message: "two\nlines \"quoted\"", metadata: ["run": "run_1"], source: "x", file: "",
            function: "",
            line: 1)
        let line = log.line(event, at: Instant(secondsSince1970: 0))
        #expect(
            line
                == #"{"at":"1970-01-01T00:00:00.000Z","level":"error","message":"two\nlines \"quoted\"","part":"serve","request":"r1","run":"run_1"}"#
        )
    }

    @Test(
        "a progress bar shows count, rate and time left as far as they are known",
        arguments: [
            (50, 100, "Reading  [############............]  50 of 100  10/s  6 s left"),
            (100, 100, "Reading  [########################]  100 of 100  20/s"),
            (5_000, nil, "Reading  5,000  1,000/s"), (0, 100, "Reading  [........................]  0 of 100"),
        ] as [(Int64, Int64?, String)])
    func progress(done: Int64, expected: Int64?, line: String) {
        #expect(ProgressBar.line("Reading", done: done, expected: expected, after: .seconds(5)) == line)
    }
}
