/// Invented numbers (exchange 555 and up), one per customer, in the spellings that tills hold.
enum Phones {
    private static let areas: [Int64] = [
        212, 718, 917, 646, 347, 929, 518, 845, 914, 516, 631, 315, 585, 716, 607,
    ]
    static let styles = 8

    /// Ten digits; no two customers below 10,000,000 have the same.
    static func number(_ customer: Int) -> Int64 {
        let line = Int64(customer / areas.count * 7_919 % 10_000)
        return areas[customer % areas.count] * 10_000_000 + Int64(555 + customer / 150_000) * 10_000 + line
    }

    static func typed(_ number: Int64, style: UInt8) -> String {
        let digits = String(number)
        let (area, exchange, line) = (digits.prefix(3), digits.dropFirst(3).prefix(3), digits.suffix(4))
        switch style {
        case 0: return digits
        case 1: return "1" + digits
        case 2: return "(\(area)) \(exchange)-\(line)"
        case 3: return "\(area)-\(exchange)-\(line)"
        case 4: return "+1\(digits)"
        case 5: return "\(area).\(exchange).\(line)"
        case 6: return "+1 (\(area)) \(exchange)-\(line) "
        default: return "1-\(area)-\(exchange)-\(line)"
        }
    }

    /// The last ten digits of what somebody typed.
    static func number(typed text: String) -> Int64? {
        let digits = text.filter { $0.isASCII && $0.isNumber }
        guard digits.count == 10 || (digits.count == 11 && digits.hasPrefix("1")) else { return nil }
        return Int64(digits.suffix(10))
    }
}
