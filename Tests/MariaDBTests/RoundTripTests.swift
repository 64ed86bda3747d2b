import MariaDB
import Testing
import TestSupport

struct RoundTripTests {
    let connection: Connection

    init() throws {
        connection = Connection(try TestDatabase.fresh())
        try connection.executeText(
            """
            CREATE TABLE sample (
              id INT NOT NULL PRIMARY KEY, i BIGINT NULL, u BIGINT UNSIGNED NULL, t MEDIUMTEXT NULL,
              b VARBINARY(4000) NULL, at DATETIME(6) NULL, d DECIMAL(20, 4) NULL, flag TINYINT(1) NULL,
              small SMALLINT UNSIGNED NULL, day DATE NULL)
            """)
    }

    @Test("every integer comes back as it went", arguments: [Int64.min, -1, 0, 1, Int64.max])
    func signed(number: Int64) throws {
        try connection.execute("INSERT INTO sample (id, i) VALUES (1, \(number))")
        #expect(try connection.one("SELECT i FROM sample WHERE i = \(number)") { try $0.get("i") } == number)
    }

    @Test("every unsigned integer comes back as it went", arguments: [0, 1, UInt64(Int64.max) + 1, UInt64.max])
    func unsigned(number: UInt64) throws {
        try connection.execute("INSERT INTO sample (id, u) VALUES (1, \(number))")
        #expect(try connection.one("SELECT u FROM sample WHERE u = \(number)") { try $0.get("u") } == number)
    }

    @Test(
        "text of every length and script comes back as it went",
        arguments: [
            ("", 1), ("a", 1), ("😀 e\u{301} é", 1), ("'; DROP TABLE sample; -- \\ \" \0 ?", 1), ("x", 512), ("y", 513),
            ("é", 500_000),
        ])
    func text(part: String, count: Int) throws {
        let text = String(repeating: part, count: count)
        try connection.execute("INSERT INTO sample (id, t) VALUES (1, \(text)), (2, 'short')")
        let found = try connection.all("SELECT t FROM sample ORDER BY id") { try $0.get("t", as: String.self) }
        // Not ==, which calls two spellings of é equal.
        let isSame = found.map { Array($0.utf8) } == [Array(text.utf8), Array("short".utf8)]
        #expect(isSame)
    }

    @Test(
        "bytes that are no UTF-8 come back as they went", arguments: [[], [0xFF, 0xFE, 0x00, 0x27], [200]], [1, 900])
    func bytes(part: [UInt8], count: Int) throws {
        let bytes = Array(repeatElement(part, count: count).joined())
        try connection.execute("INSERT INTO sample (id, b) VALUES (1, \(bytes))")
        let isSame = try connection.one("SELECT b FROM sample WHERE b = \(bytes)") { try $0.get("b") } == bytes
        #expect(isSame)
    }

    @Test("a key of sixteen bytes goes as two numbers or as bytes, one row or many, and comes back as either")
    func keys() throws {
        let value = Value.key(0x0102_0304_0506_0708, 0xF1F2_F3F4_F5F6_F7F8)
        let bytes: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8]
        try connection.executeText("CREATE TABLE keyed (number INT PRIMARY KEY, id BINARY(16) NULL)")
        try connection.execute("INSERT INTO keyed VALUES (1, \(value)), (2, \(bytes))")
        try connection.transaction { connection in
            let rows: [[Value]] = [[.int(3), value], [.int(4), .bytes(bytes)], [.int(5), .null]]
            try connection.bulkInsert("INSERT INTO keyed (number, id) VALUES (?, ?)", rows: rows)
        }
        let found = try connection.all("SELECT id FROM keyed WHERE id = \(value) ORDER BY number") { row in
            (try row.get("id", as: Value.self), try row.get("id", as: [UInt8].self))
        }
        #expect(found.map(\.0) == Array(repeating: value, count: 4))
        #expect(found.map(\.1) == Array(repeating: bytes, count: 4))
        #expect(
            try connection.one("SELECT id FROM keyed WHERE number = 5") { try $0.get("id", as: [UInt8]?.self) } == nil)
    }

    @Test(
        "a time comes back to the microsecond",
        arguments: [
            0, 1, -1, 951_782_399_999_999, 951_782_400_000_000, 2_147_483_648_000_001, 4_107_542_400_123_456,
            253_402_300_799_999_999, -62_135_596_800_000_000,
        ] as [Int64])
    func time(microseconds: Int64) throws {
        let time = UTCTime(microsecondsSince1970: microseconds)
        try connection.execute("INSERT INTO sample (id, at) VALUES (1, \(time))")
        let row = try connection.one("SELECT at, CAST(at AS CHAR) AS written FROM sample WHERE at = \(time)") { $0 }
        #expect(try row.get("at") == time)
        let written: String = try row.get("written")
        #expect("\(time)" == written.replacing(" ", with: "T") + "Z")
    }

    @Test("a decimal comes back exactly", arguments: ["0.0000", "-0.0001", "1234567890123456.7891", "-1.5000"])
    func decimal(text: String) throws {
        let decimal = try #require(ExactDecimal(text))
        try connection.execute("INSERT INTO sample (id, d) VALUES (1, \(decimal))")
        let found: ExactDecimal = try connection.one("SELECT d FROM sample") { try $0.get("d") }
        #expect(found == decimal)
        #expect(found.description == text)
    }

    @Test("NULL is nil, and nil is NULL")
    func null() throws {
        try connection.execute(
            "INSERT INTO sample (id, i, t, at) VALUES (1, \(Int64?.none), \(String?.none), \(UTCTime?.none))")
        let row = try connection.one("SELECT i, u, t, b, at, d FROM sample") { $0 }
        #expect(row.values == Array(repeating: .null, count: 6))
        #expect(try row.get("i", as: Int64?.self) == nil)
        #expect(throws: DatabaseError.self) { try row.get("i", as: Int64.self) }
    }

    enum Rank: String, SQLBindable, SQLDecodable { case gold, silver }

    @Test("small integers, flags, days and enums are read as their types")
    func others() throws {
        try connection.execute(
            """
            INSERT INTO sample (id, flag, small, day, t)
            VALUES (1, \(true), \(UInt16.max), '2026-02-28', \(Rank.silver))
            """
        )
        let row = try connection.one("SELECT flag, small, day, t FROM sample WHERE t = \(Rank.silver)") { $0 }
        #expect(try row.get("flag", as: Bool.self))
        #expect(try row.get("small", as: UInt16.self) == .max)
        #expect(try row.get("day", as: String.self) == "2026-02-28")
        #expect(try row.get("t", as: Rank.self) == .silver)
        try connection.execute("UPDATE sample SET t = 'bronze'")
        #expect(throws: DatabaseError.self) {
            try connection.one("SELECT t FROM sample") { try $0.get("t", as: Rank.self) }
        }
    }

    @Test("a statement of changing kinds is read by the kind of the day")
    func kinds() throws {
        for value in [Value.int(-1), .text("a"), .uint(.max), .bytes([255]), .null, .int(2)] {
            #expect(try connection.one("SELECT \(value) AS v") { try $0.get("v", as: Value.self) } == value)
        }
    }

    @Test("SUM is a decimal and does not pass for an integer")
    func sum() throws {
        try connection.execute("INSERT INTO sample (id, i) VALUES (1, 2), (2, 3)")
        #expect(throws: DatabaseError.self) {
            try connection.one("SELECT SUM(i) AS s FROM sample") { try $0.get("s", as: Int64.self) }
        }
        let total = try connection.one("SELECT CAST(SUM(i) AS SIGNED) AS s FROM sample") {
            try $0.get("s", as: Int64.self)
        }
        #expect(total == 5)
    }

    private static func bulkRow(_ number: Int) -> [Value] {
        let time = UTCTime(microsecondsSince1970: Int64(number) * 1_000_001)
        return [
            .int(Int64(number)),
            number % 3 == 0 ? .null : .int(-Int64(number)),
            .uint(.max - UInt64(number)),
            number % 5 == 0 ? .null : .text("row \(number)"),
            .bytes([0, UInt8(number % 256)]),
            number % 7 == 0 ? .null : .time(time),
        ]
    }

    @Test("ten thousand rows are inserted in bulk as they are")
    func bulk() throws {
        let rows = (0..<10_000).map(Self.bulkRow)
        let inserted = try connection.transaction {
            try $0.bulkInsert("INSERT INTO sample (id, i, u, t, b, at) VALUES (?, ?, ?, ?, ?, ?)", rows: rows)
        }
        #expect(inserted == 10_000)
        var found: [[Value]] = []
        try connection.forEach("SELECT id, i, u, t, b, at FROM sample ORDER BY id") { found.append($0.values) }
        #expect(found == rows)
    }
}
