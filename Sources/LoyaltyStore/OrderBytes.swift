import LoyaltyRules
import MariaDB

/// Revisions of orders as bytes, for what is written and read back by one run: a byte for the format, then each order.
struct OrderBytes: SQLBindable, SQLDecodable {
    private static let format: UInt8 = 2

    let orders: [OrderRevision]

    init(_ orders: [OrderRevision]) { self.orders = orders }

    var sqlValue: Value {
        var bytes: [UInt8] = [Self.format]
        bytes.reserveCapacity(orders.count * 96)
        for order in orders { order.write(to: &bytes) }
        return .bytes(bytes)
    }

    init(sqlValue: Value) throws {
        var reader = Reader(bytes: try [UInt8](sqlValue: sqlValue))
        guard try reader.byte() == Self.format else { throw UnexpectedValue("orders of another format") }
        var orders: [OrderRevision] = []
        while !reader.isAtEnd { orders.append(try OrderRevision(from: &reader)) }
        self.orders = orders
    }

    struct Reader {
        let bytes: [UInt8]
        private var position = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        var isAtEnd: Bool { position == bytes.count }

        mutating func byte() throws -> UInt8 {
            guard position < bytes.count else { throw UnexpectedValue("orders that were cut short") }
            defer { position += 1 }
            return bytes[position]
        }

        /// Seven bits a byte, the lowest first; the sign is the lowest bit.
        mutating func number() throws -> Int64 {
            var bits: UInt64 = 0
            for shift in stride(from: 0, to: 64, by: 7) {
                let next = try byte()
                bits |= UInt64(next & 0x7F) << UInt64(shift)
                if next < 0x80 { return Int64(bitPattern: bits >> 1) ^ -Int64(bitPattern: bits & 1) }
            }
            throw UnexpectedValue("a number of more than 64 bits")
        }

        mutating func number128() throws -> UInt128 {
            guard bytes.count - position >= 16 else { throw UnexpectedValue("orders that were cut short") }
            defer { position += 16 }
            return bytes[position..<position + 16].reduce(0) { $0 << 8 | UInt128($1) }
        }

        mutating func text() throws -> String {
            let count = try number()
            guard count >= 0, count <= bytes.count - position else {
                throw UnexpectedValue("orders that were cut short")
            }
            defer { position += Int(count) }
            return String(decoding: bytes[position..<position + Int(count)], as: UTF8.self)
        }
    }
}

extension [UInt8] {
    fileprivate mutating func write(_ number: Int64) {
        var bits = UInt64(bitPattern: number << 1 ^ number >> 63)
        while bits >= 0x80 {
            append(UInt8(truncatingIfNeeded: bits) | 0x80)
            bits >>= 7
        }
        append(UInt8(bits))
    }

    fileprivate mutating func write(_ text: String) {
        write(Int64(text.utf8.count))
        append(contentsOf: text.utf8)
    }
}

extension OrderRevision {
    /// A bit for each value that may be missing, and one for whether the order is completed.
    private var present: Int64 {
        [
            posCustomerID != nil, posLocationID != nil, status != nil, tax != nil, subtotal != nil, discount != nil,
            refundOf != nil, externalID != nil, updatedAt != nil, isCompleted, source == .api, wireDigest != nil,
        ].enumerated().reduce(0) { $1.element ? $0 | 1 << Int64($1.offset) : $0 }
    }

    fileprivate func write(to bytes: inout [UInt8]) {
        bytes.write(present)
        bytes.write(posOrderID)
        for text in [posCustomerID, posLocationID, status, refundOf, externalID] { text.map { bytes.write($0) } }
        for amount in [total, tax, subtotal, discount, pointsTender] { amount.map { bytes.write($0.rawValue) } }
        for moment in [completedAt, updatedAt] { moment.map { bytes.write($0.microsecondsSince1970) } }
        if let wireDigest { withUnsafeBytes(of: wireDigest.rawValue.bigEndian) { bytes.append(contentsOf: $0) } }
    }

    fileprivate init(from reader: inout OrderBytes.Reader) throws {
        let present = try reader.number()
        func has(_ bit: Int64) -> Bool { present & 1 << bit != 0 }
        func text(_ bit: Int64) throws -> String? { has(bit) ? try reader.text() : nil }
        func amount(_ bit: Int64) throws -> Cents? { has(bit) ? Cents(rawValue: try reader.number()) : nil }
        func moment() throws -> Instant { Instant(microsecondsSince1970: try reader.number()) }
        let posOrderID = try reader.text()
        let (customer, location, status) = (try text(0), try text(1), try text(2))
        let (refundOf, externalID) = (try text(6), try text(7))
        let total = Cents(rawValue: try reader.number())
        let (tax, subtotal, discount) = (try amount(3), try amount(4), try amount(5))
        let tender = Cents(rawValue: try reader.number())
        self.init(
            source: has(10) ? .api : .pos, posOrderID: posOrderID, posCustomerID: customer, posLocationID: location,
            status: status, isCompleted: has(9), total: total, tax: tax, subtotal: subtotal, discount: discount,
            pointsTender: tender, refundOf: refundOf, externalID: externalID, completedAt: try moment(),
            updatedAt: has(8) ? try moment() : nil)
        if has(11) { wireDigest = WireDigest(rawValue: try reader.number128()) }
    }
}
