import Foundation
import MariaDB
import Synchronization

/// The database server that the tests of one process share: started with the first test that needs one, and gone
/// with the process, however that ends. `LOYALTY_TEST_DB_SOCKET` names a running server to use instead.
public final class TestDatabase: Sendable {
    /// What starting a server can fail with.
    public struct NotStarted: Error {
        /// The directory or the program's last words.
        public let reason: String
    }

    private static let started = Result {
        try TestDatabase(runningAt: ProcessInfo.processInfo.environment["LOYALTY_TEST_DB_SOCKET"], settings: [])
    }
    private static let count = Atomic<Int>(0)

    /// The server.
    public static var shared: TestDatabase { get throws { try started.get() } }

    /// An empty database on the shared server, for one test.
    public static func fresh() throws -> ConnectionOptions { try shared.freshDatabase() }

    /// The server's socket.
    public let socket: String
    /// Open for as long as this process lives: its end is how the supervisor learns that the process has died.
    private let lifeline: Pipe

    /// A server of its own, with further settings of `mariadbd`, for tests that need another than the shared one.
    public convenience init(settings: [String]) throws { try self.init(runningAt: nil, settings: settings) }

    private init(runningAt socket: String?, settings: [String]) throws {
        lifeline = Pipe()
        if let socket {
            self.socket = socket
            return
        }
        let directory = "\(NSTemporaryDirectory())/loyalty-test-db-\(UUID().uuidString)"
        self.socket = "\(directory)/socket"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try startSupervisor(directory, Self.settings + settings)
        try waitUntilReady(directory)
    }

    private func freshDatabase() throws -> ConnectionOptions {
        let number = Self.count.add(1, ordering: .relaxed).newValue
        var options = rootOptions
        options.database = "test_\(ProcessInfo.processInfo.processIdentifier)_\(number)"
        let connection = Connection(rootOptions)
        try connection.executeText("CREATE DATABASE \(options.database) CHARACTER SET utf8mb4")
        return options
    }

    private var rootOptions: ConnectionOptions { ConnectionOptions(socket: socket, user: "root", database: "mysql") }

    private func startSupervisor(_ directory: String, _ settings: [String]) throws {
        // No program that another test starts may keep the lifeline open.
        _ = fcntl(lifeline.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
        let supervisor = Process()
        // A session of its own: what kills the tests' process group must not kill the one that tidies up.
        supervisor.executableURL = URL(fileURLWithPath: "/usr/bin/setsid")
        supervisor.arguments = ["/bin/sh", "-c", Self.supervision, "sh", directory] + settings
        supervisor.standardInput = lifeline
        supervisor.standardOutput = FileHandle.nullDevice
        supervisor.standardError = FileHandle.nullDevice
        try supervisor.run()
    }

    private func waitUntilReady(_ directory: String) throws {
        for _ in 0..<1_000 {
            if FileManager.default.fileExists(atPath: "\(directory)/ready") { return }
            usleep(10_000)
        }
        throw NotStarted(reason: try String(contentsOfFile: "\(directory)/log", encoding: .utf8))
    }

    /// Installs and starts a server in directory $1, and ends it when standard input does.
    private static let supervision = """
        directory=$1; shift
        trap '' HUP INT TERM
        # A server that starts removes the temporary tables of any other that shares its directory for them.
        mkdir "$directory/tmp"; export TMPDIR="$directory/tmp"
        exec 3<&0 </dev/null >"$directory/log" 2>&1
        mariadb-install-db --no-defaults --auth-root-authentication-method=normal --skip-test-db \
          --datadir="$directory/data" --user="$(id -un)" --innodb-log-file-size=8M \
          --innodb-flush-log-at-trx-commit=0 --innodb-flush-method=nosync 3<&-
        mariadbd --no-defaults --datadir="$directory/data" --socket="$directory/socket" --user="$(id -un)" \
          "$@" 3<&- &
        server=$!
        for attempt in $(seq 500); do
          mariadb --no-defaults --socket="$directory/socket" --user=root --execute="SELECT 1" 3<&- && break
          sleep 0.02
        done && : >"$directory/ready"
        cat <&3 >/dev/null
        kill -9 "$server"; wait "$server"; rm -rf "$directory"
        """

    private static let settings = [
        "--skip-networking", "--skip-log-bin", "--pid-file=pid", "--max-connections=100",
        "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=32M", "--innodb-flush-log-at-trx-commit=1",
        "--innodb-rollback-on-timeout=ON", "--innodb-snapshot-isolation=ON", "--innodb-print-all-deadlocks=ON",
        "--character-set-server=utf8mb4", "--default-time-zone=+00:00", "--skip-name-resolve", "--local-infile=OFF",
    ]
}
