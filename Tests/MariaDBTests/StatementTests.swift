import Logging
import MariaDB
import Testing
import TestSupport

struct StatementTests {
    let options: ConnectionOptions
    let connection: Connection

    init() throws {
        options = try TestDatabase.fresh()
        connection = Connection(options)
        try connection.executeScript(
            """
            CREATE TABLE parent (id INT NOT NULL PRIMARY KEY);
            CREATE TABLE child (
              id INT NOT NULL PRIMARY KEY, parent_id INT NULL, name VARCHAR(20) NOT NULL, points INT NOT NULL DEFAULT 0,
              UNIQUE KEY once (name), CONSTRAINT not_negative CHECK (points >= 0),
              CONSTRAINT of_parent FOREIGN KEY (parent_id) REFERENCES parent (id));
            DELIMITER //
            CREATE TRIGGER child_bd BEFORE DELETE ON child FOR EACH ROW BEGIN
              SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'children stay';
            END//
            DELIMITER ;
            INSERT INTO child (id, name) VALUES (1, 'one'), (2, 'two');
            """)
    }

    @Test("all, optional and one say how many rows there may be")
    func counts() throws {
        func id(_ row: Row) throws -> Int { try row.get("id") }
        #expect(try connection.all("SELECT id FROM child ORDER BY id", id) == [1, 2])
        #expect(try connection.optional("SELECT id FROM child WHERE id = 9", id) == nil)
        #expect(try connection.optional("SELECT id FROM child WHERE id = 2", id) == 2)
        #expect(try connection.one("SELECT id FROM child WHERE id = 2", id) == 2)
        #expect(throws: DatabaseError.self) { try connection.optional("SELECT id FROM child", id) }
        #expect(throws: DatabaseError.self) { try connection.one("SELECT id FROM child", id) }
        #expect(throws: DatabaseError.self) { try connection.one("SELECT id FROM child WHERE id = 9", id) }
    }

    @Test("an update counts the rows it matched, changed or not")
    func foundRows() throws {
        #expect(try connection.execute("UPDATE child SET points = 0 WHERE id = 1") == 1)
        #expect(try connection.execute("UPDATE child SET points = 0 WHERE id = 9") == 0)
    }

    @Test("an INSERT can return the row it made")
    func returning() throws {
        let id = try connection.one("INSERT INTO child (id, name) VALUES (\(7), 'seven') RETURNING id") {
            try $0.get("id", as: Int.self)
        }
        #expect(id == 7)
    }

    @Test("what the schema refuses is told apart, without the values")
    func refusals() throws {
        let secret = "sec'ret"
        try connection.execute("INSERT INTO child (id, name) VALUES (3, \(secret))")
        let duplicate = failure("INSERT INTO child (id, name) VALUES (4, \(secret))")
        #expect(duplicate?.duplicateKey == "once")
        #expect(duplicate?.isDuplicateKey("PRIMARY") == false)
        #expect(failure("INSERT INTO child (id, name, points) VALUES (4, 'x', \(-1))")?.refusedCheck == "not_negative")
        #expect(failure("INSERT INTO child (id, name, parent_id) VALUES (4, 'x', 8)")?.refusedForeignKey == "of_parent")
        #expect(failure("DELETE FROM child WHERE id = 1")?.signalledMessage == "children stay")
        let mistyped = failure("INSERT INTO child (id, name) VALUES (\(secret), 'x')")
        for error in [duplicate, mistyped] {
            let error = try #require(error)
            for text in [error.description, error.debugDescription, "\(error)", String(reflecting: error)] {
                #expect(!text.contains("sec") && !text.contains("ret'"))
            }
            #expect(error.debugDescription.contains("INSERT INTO child"))
            #expect(!error.description.contains("child"))
        }
    }

    private func failure(_ sql: SQL) -> DatabaseError? {
        #expect(throws: DatabaseError.self) { try connection.execute(sql) }
    }

    @Test("an error of decoding names statement, column and type")
    func decoding() throws {
        let row = try connection.one("SELECT id, name, id AS twice, name AS twice FROM child WHERE id = 1") { $0 }
        for (column, words) in [("name", "text"), ("nome", "no such column"), ("twice", "several columns")] {
            let error = #expect(throws: DatabaseError.self) { try row.get(column, as: Int.self) }
            let told = try #require(error).debugDescription
            #expect(
                told.contains(column) && told.contains("Int") && told.contains(words) && told.contains("FROM child"))
        }
    }

    @Test(
        "values never become part of the statement", arguments: ["' OR 1=1 -- ", "x'; DROP TABLE child; --", "?", "\\"])
    func injection(text: String) throws {
        #expect(try connection.all("SELECT id FROM child WHERE name = \(text)").isEmpty)
        #expect(try connection.all("SELECT id FROM child").count == 2)
    }

    enum Column: String, SQLIdentifier { case id, name }

    @Test("fragments, lists and identifiers make one statement with its values in order")
    func composed() throws {
        let condition: SQL = "name IN (\(list: ["one", "two"])) AND points = \(0)"
        let sql: SQL = "SELECT id FROM child WHERE id > \(1) AND \(condition) ORDER BY \(identifier: Column.name)"
        #expect(
            sql.text == "SELECT id FROM child WHERE id > ? AND name IN (?, ?) AND points = ? ORDER BY `name`")
        #expect(sql.values == [.int(1), .text("one"), .text("two"), .int(0)])
        #expect(try connection.all(sql) { try $0.get("id", as: Int.self) } == [2])
        #expect(try connection.all("SELECT id FROM child WHERE id IN (\(list: [Int]()))").isEmpty)
        let both = SQL.joined(["id = \(1)", "name = \("one")"], separator: " AND ")
        #expect(try connection.all("SELECT id FROM child WHERE \(both)").count == 1)
    }

    @Test("in a LIKE pattern the text's own wildcards mean themselves")
    func like() throws {
        for (id, name) in [(10, "50% off"), (11, "50x off"), (12, "a_b"), (13, "axb"), (14, "c\\d"), (15, "%\u{301}")] {
            try connection.execute("INSERT INTO child (id, name) VALUES (\(id), \(name))")
        }
        func found(_ pattern: LikePattern) throws -> [Int] {
            try connection.all("SELECT id FROM child WHERE name LIKE \(pattern) ORDER BY id") { try $0.get("id") }
        }
        #expect(try found(LikePattern(startingWith: "50%")) == [10])
        #expect(try found(LikePattern(containing: "_")) == [12])
        #expect(try found(LikePattern(containing: "\\")) == [14])
        #expect(LikePattern(containing: "%\u{301}").pattern.utf8.elementsEqual("%\\%\u{301}%".utf8))
    }

    @Test("a statement that takes too long is ended by the server")
    func statementTimeout() throws {
        var options = options
        options.statementSeconds = 1
        let hasty = Connection(options)
        let id: Int64 = try hasty.one("SELECT CONNECTION_ID() AS id") { try $0.get("id") }
        let error = #expect(throws: DatabaseError.self) { try hasty.all("SELECT SLEEP(5) AS s") }
        #expect(error?.isTimeout == true)
        #expect(try hasty.one("SELECT CONNECTION_ID() AS id") { try $0.get("id") } == id)
        let late = #expect(throws: DatabaseError.self) { try hasty.forEach("SELECT SLEEP(5) AS s") { _ in } }
        #expect(late?.isTimeout == true)
        #expect(try hasty.all("SELECT 1 AS x").count == 1)
    }

    @Test("an answer that does not come closes the connection")
    func readTimeout() throws {
        var options = options
        options.readTimeoutSeconds = 1
        let impatient = Connection(options)
        let error = #expect(throws: DatabaseError.self) { try impatient.executeText("DO SLEEP(3)") }
        #expect(error?.isUnavailable == true)
        #expect(try impatient.all("SELECT 1 AS x").count == 1)
    }

    @Test("no server is told as unavailable, and the password is printed nowhere")
    func unavailable() throws {
        let nowhere = ConnectionOptions(socket: "/nonexistent/socket", user: "u", password: "hunter2", database: "d")
        let error = #expect(throws: DatabaseError.self) { try Connection(nowhere).all("SELECT 1") }
        #expect(error?.isUnavailable == true)
        var dumped = ""
        dump(nowhere, to: &dumped)
        for text in ["\(nowhere)", String(reflecting: nowhere), dumped] { #expect(!text.contains("hunter2")) }
    }

    @Test("a server on another host is not talked to in plain text")
    func plainText() throws {
        let remote = ConnectionOptions(hosts: ["db.example"], user: "u", password: "p", database: "d")
        let error = #expect(throws: DatabaseError.self) { try Connection(remote).all("SELECT 1") }
        #expect(try #require(error).debugDescription.contains("tlsCAFile"))
    }

    @Test("a statement survives a change of its table")
    func prepareAgain() throws {
        let read: SQL = "SELECT * FROM child WHERE id = \(1)"
        #expect(try connection.one(read) { $0.columnNames.count } == 4)
        try Connection(options).executeText("ALTER TABLE child ADD COLUMN extra INT NULL")
        #expect(try connection.one(read) { $0.columnNames.count } == 5)
        try Connection(options).executeText("ALTER TABLE child MODIFY points VARCHAR(10) NOT NULL")
        #expect(try connection.one(read) { try $0.get("points", as: String.self) } == "0")
    }

    @Test("more statements than are kept prepared still all work")
    func manyStatements() throws {
        for round in 0..<2 {
            for number in 0..<400 {
                let sql = SQL.joined([SQL](repeating: "\(1)", count: number % 400 + 1), separator: " + ")
                let sum: Int = try connection.one("SELECT \(sql) AS s") { try $0.get("s") }
                #expect(sum == number + 1, "round \(round)")
            }
        }
        let kept: String = try connection.one("SHOW SESSION STATUS LIKE 'Prepared_stmt_count'") { try $0.get("Value") }
        #expect(try #require(Int(kept)) < 2_000)
    }

    @Test("rows are read one by one, and reading may stop early")
    func streaming() throws {
        struct Enough: Error {}
        var seen: [Int] = []
        #expect(throws: Enough.self) {
            try connection.forEach("SELECT seq FROM seq_1_to_100000") { row in
                seen.append(try row.get("seq"))
                if seen.count == 3 { throw Enough() }
            }
        }
        #expect(seen == [1, 2, 3])
        #expect(try connection.all("SELECT id FROM child").count == 2)
    }

    @Test("too few or too many values are refused before they are sent")
    func places() throws {
        #expect(throws: DatabaseError.self) { try connection.all("SELECT ? AS x") }
    }
}
