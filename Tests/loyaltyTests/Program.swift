import Foundation
import MariaDB
import TestSupport

/// The built program, run with settings of its own.
struct Program {
    /// How a run ended.
    struct Run {
        let code: Int32
        let output: String
        let errors: String
    }

    /// Its database, as root.
    let options: ConnectionOptions
    private let environment: [String: String]
    private static let url = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appending(path: "loyalty")

    /// On an empty database of the shared test server.
    init(settings: [String: String] = [:]) throws {
        options = try TestDatabase.fresh()
        let socket = try TestDatabase.shared.socket
        environment = [
            "LOYALTY_DB_SOCKET": socket, "LOYALTY_DB_USER": options.user, "LOYALTY_DB_NAME": options.database,
            "LOYALTY_SECRET_KEY": "1:" + Data(repeating: 7, count: 32).base64EncodedString(),
            "LOYALTY_FCGI_LISTEN": FileManager.default.temporaryDirectory.path + "/\(options.database).sock",
        ].merging(settings) { _, new in new }
    }

    /// Starts a command without waiting for it.
    func start(_ arguments: String, _ changes: [String: String] = [:]) throws -> Process {
        let process = Process()
        process.executableURL = Self.url
        process.arguments = arguments.split(separator: " ").map(String.init)
        process.environment = environment.merging(changes) { _, new in new }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    /// Runs a command to its end.
    func run(_ arguments: String, input: String = "", _ changes: [String: String] = [:]) throws -> Run {
        let process = Process()
        let (stdin, stdout, stderr) = (Pipe(), Pipe(), Pipe())
        process.executableURL = Self.url
        process.arguments = arguments.split(separator: " ").map(String.init)
        process.environment = environment.merging(changes) { _, new in new }
        process.standardInput = stdin
        process.standardOutput = stdout
        process.standardError = stderr
        try process.run()
        // What is written here fits the pipes: a command's words are short.
        try stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try stdin.fileHandleForWriting.close()
        let output = try stdout.fileHandleForReading.readToEnd() ?? Data()
        let errors = try stderr.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return Run(
            code: process.terminationStatus, output: String(decoding: output, as: UTF8.self),
            errors: String(decoding: errors, as: UTF8.self))
    }

    /// The responder's socket.
    var socket: String { environment["LOYALTY_FCGI_LISTEN"] ?? "" }
}
