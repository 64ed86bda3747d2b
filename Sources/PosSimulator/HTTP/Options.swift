import Foundation

/// The command line, read once and checked whole.
struct Options: Sendable {
    var socketPath = ""
    var customers = 500
    var orders = 6_000
    var seed: UInt64 = 1
    /// Local day of the newest order. Without it: today in the shop's zone, and no order later than now.
    var today: Int?
    var threads = 8

    static let usage = """
        usage: PosSimulator --socket PATH [--customers 500] [--orders 6000] [--seed 1] [--today YYYY-MM-DD] [--threads 8]
        """

    struct Wrong: Error {
        let words: String
    }

    init(arguments: [String]) throws(Wrong) {
        var rest = arguments[...]
        while let name = rest.popFirst() {
            guard let value = rest.popFirst() else { throw Wrong(words: "\(name) needs a value") }
            try set(name, value)
        }
        guard !socketPath.isEmpty else { throw Wrong(words: "--socket is missing") }
    }

    private mutating func set(_ name: String, _ value: String) throws(Wrong) {
        switch name {
        case "--socket": socketPath = value
        case "--customers": customers = try number(name, value, 1...1_000_000)
        case "--orders": orders = try number(name, value, 0...10_000_000)
        case "--seed": seed = UInt64(try number(name, value, 0...Int.max))
        case "--threads": threads = try number(name, value, 1...256)
        case "--today":
            guard let day = CivilTime.day(parsing: value) else { throw Wrong(words: "--today wants YYYY-MM-DD") }
            today = day
        default: throw Wrong(words: "unknown option \(name)")
        }
    }

    private func number(_ name: String, _ value: String, _ range: ClosedRange<Int>) throws(Wrong) -> Int {
        guard let number = Int(value), range.contains(number) else {
            throw Wrong(words: "\(name) wants a number in \(range.lowerBound)...\(range.upperBound)")
        }
        return number
    }
}
