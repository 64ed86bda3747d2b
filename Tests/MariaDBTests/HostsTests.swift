import Foundation
import MariaDB
import Testing
import TestSupport

/// Servers behind TCP, which the shared server is not: these start one with a certificate.
final class HostsTests {
    let directory = "\(NSTemporaryDirectory())/certificates-\(UUID().uuidString)"
    let port = UInt16.random(in: 20_000..<30_000)

    deinit {
        do { try FileManager.default.removeItem(atPath: directory) } catch { Issue.record(error) }
    }

    init() throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        for name in ["server", "stranger"] { try makeCertificate(name) }
    }

    private func makeCertificate(_ name: String) throws {
        let openssl = Process()
        openssl.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        openssl.arguments = [
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost", "-keyout", "\(directory)/\(name).key",
            "-out", "\(directory)/\(name).pem",
        ]
        openssl.standardError = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
    }

    func server(_ settings: [String]) throws -> TestDatabase {
        let database = try TestDatabase(
            settings: ["--skip-networking=0", "--bind-address=127.0.0.1", "--port=\(port)"] + settings)
        try Connection(ConnectionOptions(socket: database.socket, user: "root", database: "mysql")).executeScript(
            "CREATE USER app@'127.0.0.1' IDENTIFIED BY 'pass'; GRANT SELECT ON mysql.* TO app@'127.0.0.1';")
        return database
    }

    func connection(_ hosts: [String], ca: String?) -> Connection {
        Connection(
            ConnectionOptions(
                hosts: hosts, port: port, user: "app", password: "pass", database: "mysql",
                tlsCAFile: ca.map { "\(directory)/\($0).pem" }))
    }

    func cipher(_ connection: Connection) throws -> String {
        try connection.one("SHOW SESSION STATUS LIKE 'Ssl_cipher'") { try $0.get("Value") }
    }

    @Test("a certificate of our authority is accepted, any other refused, and the first host that answers is used")
    func encrypted() throws {
        let database = try server(["--ssl-cert=\(directory)/server.pem", "--ssl-key=\(directory)/server.key"])
        #expect(try cipher(connection(["localhost"], ca: "server")) != "")
        #expect(try cipher(connection(["127.0.0.2", "localhost"], ca: "server")) != "")
        let stranger = #expect(throws: DatabaseError.self) { try cipher(connection(["localhost"], ca: "stranger")) }
        #expect(stranger?.isUnavailable == true)
        let misnamed = #expect(throws: DatabaseError.self) { try cipher(connection(["127.0.0.1"], ca: "server")) }
        #expect(misnamed?.isUnavailable == true)
        let nowhere = #expect(throws: DatabaseError.self) { try cipher(connection(["127.0.0.2"], ca: "server")) }
        #expect(nowhere?.isUnavailable == true)
        withExtendedLifetime(database) {}
    }

    @Test("a server without encryption is refused when an authority is named")
    func plain() throws {
        let database = try server(["--skip-ssl"])
        #expect(try cipher(connection(["localhost"], ca: nil)) == "")
        let error = #expect(throws: DatabaseError.self) { try cipher(connection(["localhost"], ca: "server")) }
        #expect(error != nil)
        withExtendedLifetime(database) {}
    }
}
