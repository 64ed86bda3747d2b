import Foundation
import MariaDB
import Synchronization
import Testing
import TestSupport

struct TransactionTests {
    let options: ConnectionOptions
    let connection: Connection
    let other: Connection

    init() throws {
        var options = try TestDatabase.fresh()
        options.lockWaitSeconds = 1
        self.options = options
        connection = Connection(options)
        other = Connection(options)
        try connection.executeScript(
            """
            CREATE TABLE account (id INT NOT NULL PRIMARY KEY, points BIGINT NOT NULL);
            INSERT INTO account VALUES (1, 0), (2, 0);
            """)
    }

    func points(_ id: Int) throws -> Int64 {
        try other.one("SELECT points FROM account WHERE id = \(id)") { try $0.get("points") }
    }

    struct Stop: Error {}

    @Test("an error of the body leaves nothing behind and is thrown on")
    func rollback() throws {
        #expect(throws: Stop.self) {
            try connection.transaction { tx in
                try tx.execute("UPDATE account SET points = 5 WHERE id = 1")
                throw Stop()
            }
        }
        #expect(try points(1) == 0)
    }

    @Test("an error that the body swallows still undoes everything")
    func swallowed() throws {
        var later: (any Error)?
        #expect(throws: DatabaseError.self) {
            try connection.transaction { tx in
                try tx.execute("UPDATE account SET points = 5 WHERE id = 1")
                do { try tx.execute("INSERT INTO account VALUES (1, 1)") } catch is DatabaseError {}
                do { try tx.execute("UPDATE account SET points = 6 WHERE id = 1") } catch { later = error }
            }
        }
        #expect((later as? DatabaseError)?.isDuplicateKey() == true)
        #expect(try points(1) == 0)
    }

    @Test("of two transactions in a deadlock one is tried again, and both succeed")
    func deadlock() throws {
        let first = MeetingPoint(2)
        let runs = Atomic<Int>(0)
        let options = options
        try inParallel(
            [(1, 2), (2, 1)].map { near, far in
                {
                    try Connection(options).transaction { tx in
                        runs.add(1, ordering: .relaxed)
                        try tx.execute("UPDATE account SET points = points + 1 WHERE id = \(near)")
                        first.meet()
                        _ = try tx.all("SELECT points FROM account WHERE id = \(far) FOR UPDATE")
                        try tx.execute("UPDATE account SET points = points + 1 WHERE id = \(far)")
                    }
                }
            })
        #expect(runs.load(ordering: .relaxed) == 3)
        #expect(try (points(1), points(2)) == (2, 2))
    }

    @Test("a row that changed since it was read is read again")
    func changedRecord() throws {
        var runs = 0
        try connection.transaction(.repeatableRead) { tx in
            runs += 1
            let before: Int64 = try tx.one("SELECT points FROM account WHERE id = 1") { try $0.get("points") }
            if runs == 1 { try other.execute("UPDATE account SET points = 10 WHERE id = 1") }
            try tx.execute("UPDATE account SET points = \(before + 1) WHERE id = 1")
        }
        #expect(runs == 2)
        #expect(try points(1) == 11)
    }

    @Test("a lock that is not given is waited for three times in all")
    func lockWait() throws {
        var runs = 0
        try other.transaction { holder in
            try holder.execute("UPDATE account SET points = 1 WHERE id = 1")
            let error = #expect(throws: DatabaseError.self) {
                try connection.transaction { tx in
                    runs += 1
                    try tx.execute("UPDATE account SET points = 2 WHERE id = 1")
                }
            }
            #expect(error?.code == 1205)
            #expect(error?.isRetryable == true)
        }
        #expect(runs == 3)
        #expect(try points(1) == 1)
    }

    @Test("a connection lost inside a transaction runs the whole body again")
    func lostInside() throws {
        var runs = 0
        try connection.transaction { tx in
            runs += 1
            try tx.execute("UPDATE account SET points = points + 1 WHERE id = 1")
            if runs == 1 { try kill(tx, from: other) }
            try tx.execute("UPDATE account SET points = points + 1 WHERE id = 2")
        }
        #expect(runs == 2)
        #expect(try (points(1), points(2)) == (1, 1))
    }

    @Test("a connection lost at COMMIT leaves the outcome unknown")
    func lostAtCommit() throws {
        #expect(throws: CommitOutcomeUnknown.self) {
            try connection.transaction { tx in
                try tx.execute("UPDATE account SET points = points + 1 WHERE id = 1")
                try kill(tx, from: other)
            }
        }
        #expect(try connection.one("SELECT 1 AS x") { try $0.get("x", as: Int.self) } == 1)
    }

    @Test("whoever can tell the outcome of COMMIT is asked, and what was not done is done again")
    func resolvedByRetry() throws {
        var runs = 0
        let answer = try connection.transaction(
            resolve: { again -> String? in
                try again.optional("SELECT id FROM account WHERE id = 1 AND points > 0") { _ in "found" }
            },
            { tx in
                runs += 1
                try tx.execute("UPDATE account SET points = points + 1 WHERE id = 1")
                if runs == 1 { try kill(tx, from: other) }
                return "done"
            })
        #expect(answer == "done")
        #expect(runs == 2)
        #expect(try points(1) == 1)
    }

    @Test("work that is found done after COMMIT was lost is not done again")
    func resolvedByAnswer() throws {
        let answer = try connection.transaction(
            resolve: { again -> Int64? in
                try again.one("SELECT points FROM account WHERE id = 2") { try $0.get("points") }
            },
            { tx -> Int64 in
                try kill(tx, from: other)
                try other.execute("UPDATE account SET points = 7 WHERE id = 2")
                return 0
            })
        #expect(answer == 7)
    }

    @Test("a session that ended between two statements is replaced, unless a transaction is open")
    func lostWhileIdle() throws {
        try kill(connection, from: other)
        #expect(try connection.all("SELECT id FROM account").count == 2)
        try kill(connection, from: other)
        #expect(throws: DatabaseError.self) { try connection.execute("UPDATE account SET points = 3 WHERE id = 1") }
        try connection.execute("UPDATE account SET points = 3 WHERE id = 1")
        try kill(connection, from: other)
        try connection.transaction { try $0.execute("UPDATE account SET points = points + 1 WHERE id = 1") }
        #expect(try points(1) == 4)
    }

    @Test("a snapshot sees one state, and writes nothing")
    func snapshot() throws {
        try connection.snapshot { view in
            try other.execute("UPDATE account SET points = 9 WHERE id = 1")
            #expect(try view.one("SELECT points FROM account WHERE id = 1") { try $0.get("points", as: Int.self) } == 0)
        }
        #expect(throws: DatabaseError.self) {
            try connection.snapshot { try $0.execute("UPDATE account SET points = 1 WHERE id = 1") }
        }
        #expect(try points(1) == 9)
        let level: String = try connection.one("SELECT @@tx_isolation AS level") { try $0.get("level") }
        #expect(level == "READ-COMMITTED")
    }

    @Test("a bulk insert with one bad row inserts none")
    func bulkIsAtomic() throws {
        var rows: [[Value]] = (10..<5_010).map { [.int($0), .int(0)] }
        rows[4_500][0] = .int(1)
        let error = #expect(throws: DatabaseError.self) {
            try connection.transaction {
                try $0.bulkInsert("INSERT INTO account (id, points) VALUES (?, ?)", rows: rows)
            }
        }
        #expect(error?.isDuplicateKey("PRIMARY") == true)
        #expect(try other.all("SELECT id FROM account").count == 2)
    }

    @Test("a bulk statement can next insert one row, or none")
    func bulkThenOne() throws {
        try connection.transaction { tx throws in
            #expect(try tx.bulkInsert("INSERT INTO account (id, points) VALUES (?, ?)", rows: []) == 0)
            let rows: [[Value]] = [[.int(3), .int(1)], [.int(4), .int(1)]]
            #expect(try tx.bulkInsert("INSERT INTO account (id, points) VALUES (?, ?)", rows: rows) == 2)
            #expect(try tx.execute("INSERT INTO account (id, points) VALUES (\(5), \(1))") == 1)
            #expect(
                try tx.bulkInsert("INSERT INTO account (id, points) VALUES (?, ?)", rows: [[.int(6), .int(1)]]) == 1)
        }
        #expect(try other.all("SELECT id FROM account").count == 6)
    }
}
