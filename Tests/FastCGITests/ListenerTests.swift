import Foundation
import Logging
import Testing

@testable import FastCGI

struct ListenerTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func status(_ path: String) throws -> String {
        let client = try FastCGIClient(connectingTo: path)
        try client.send("GET", "/")
        return try client.receive().status
    }

    @Test("stopping finishes a slow request and one that waits, and takes the socket away")
    func gracefulStop() throws {
        let trace = Trace()
        let server = makeServer(directory.socket, trace, threads: 1)
        try server.start()
        let slow = try FastCGIClient(connectingTo: directory.socket)
        try slow.send("GET", "/slow")
        trace.entered.wait()
        let waiting = try FastCGIClient(connectingTo: directory.socket)
        try waiting.send("GET", "/waiting")
        for client in [slow, waiting] { client.closeInput() }
        #expect(!server.stop(waitingAtMost: .milliseconds(50)))
        #expect(server.isStopping)
        #expect(!FileManager.default.fileExists(atPath: directory.socket))
        trace.gate.signal()
        #expect(server.stop(waitingAtMost: .seconds(5)))
        #expect(try slow.receive().body == "slow but whole")
        #expect(try waiting.receive().status == "200 OK")
    }

    @Test("stopping does not wait longer than it is told, whatever a handler does")
    func boundedStop() throws {
        let trace = Trace()
        let server = makeServer(directory.socket, trace)
        try server.start()
        let client = try FastCGIClient(connectingTo: directory.socket)
        try client.send("GET", "/slow")
        trace.entered.wait()
        let clock = ContinuousClock()
        let elapsed = clock.measure { #expect(!server.stop(waitingAtMost: .milliseconds(200))) }
        #expect(elapsed >= .milliseconds(200) && elapsed < .seconds(2))
        trace.gate.signal()
        #expect(server.stop(waitingAtMost: .seconds(5)))
    }

    @Test("idle threads stop at once")
    func idleStop() throws {
        let server = makeServer(directory.socket, threads: 32)
        try server.start()
        let elapsed = ContinuousClock().measure { #expect(server.stop(waitingAtMost: .seconds(5))) }
        #expect(elapsed < .seconds(2))
    }

    @Test("a socket file that a dead server left is replaced")
    func staleSocket() throws {
        let dead = try Listener.own(ServerOptions(socketPath: directory.socket))
        dead.closeDescriptor()
        #expect(FileManager.default.fileExists(atPath: directory.socket))
        let server = makeServer(directory.socket)
        try server.start()
        #expect(try status(directory.socket) == "200 OK")
        #expect(server.stop(waitingAtMost: .seconds(5)))
    }

    @Test("the socket of a live server is not taken, and that server goes on")
    func liveSocket() throws {
        let first = makeServer(directory.socket)
        try first.start()
        #expect(throws: ServerError.socketInUse(path: directory.socket)) { try makeServer(directory.socket).start() }
        #expect(throws: ServerError.alreadyStarted) { try first.start() }
        #expect(try status(directory.socket) == "200 OK")
        #expect(first.stop(waitingAtMost: .seconds(5)))
    }

    @Test("a file that is no socket is not removed")
    func otherFile() throws {
        try Data("kept".utf8).write(to: URL(filePath: directory.socket))
        #expect(throws: ServerError.pathTaken(path: directory.socket)) { try makeServer(directory.socket).start() }
        #expect(FileManager.default.contents(atPath: directory.socket) == Data("kept".utf8))
    }

    @Test(
        "an address that is no absolute path is refused",
        arguments: [
            ":9000", "127.0.0.1:9000", "/run/app:9000", "app.sock", "", "/" + String(repeating: "a", count: 107),
        ])
    func addresses(path: String) {
        #expect(throws: ServerError.notASocketPath(path)) { try makeServer(path).start() }
    }

    @Test("a missing directory is reported with the path")
    func missingDirectory() {
        let path = directory.path + "/none/app.sock"
        let failure = #expect(throws: ServerError.self) { try makeServer(path).start() }
        #expect(failure?.description.contains(path) == true)
    }

    @Test("the socket has the rights asked for")
    func mode() throws {
        let listener = try Listener.own(ServerOptions(socketPath: directory.socket, socketMode: 0o600))
        let attributes = try FileManager.default.attributesOfItem(atPath: directory.socket)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        listener.shutDown()
        listener.closeDescriptor()
    }

    @Test("an inherited socket still listens after the server has stopped, for the successor")
    func inherited() throws {
        let passed = try Listener.own(ServerOptions(socketPath: directory.socket))
        let trace = Trace()
        let first = makeServer(directory.path + "/unused.sock", trace)
        try first.start(on: Listener.inherited(dup(passed.descriptor)))
        #expect(try status(directory.socket) == "200 OK")
        #expect(first.stop(waitingAtMost: .seconds(5)))
        let early = try FastCGIClient(connectingTo: directory.socket)
        try early.send("GET", "/")
        let successor = makeServer(directory.path + "/unused.sock")
        try successor.start(on: Listener.inherited(dup(passed.descriptor)))
        #expect(try early.receive().status == "200 OK")
        #expect(successor.stop(waitingAtMost: .seconds(5)))
        passed.shutDown()
        passed.closeDescriptor()
    }

    @Test("only one listening Unix socket is inherited")
    func unusableInheritance() throws {
        let options = ServerOptions(socketPath: directory.socket)
        #expect(throws: ServerError.unusableInheritedSocket) {
            try Listener.open(options, environment: ["LISTEN_FDS": "2", "LISTEN_PID": String(getpid())])
        }
        let tcp = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        listen(tcp, 1)
        #expect(throws: ServerError.unusableInheritedSocket) { try Listener.inherited(tcp) }
        close(tcp)
        let mute = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        #expect(throws: ServerError.unusableInheritedSocket) { try Listener.inherited(mute) }
        close(mute)
    }

    @Test("a socket passed to another process is not ours")
    func foreignInheritance() throws {
        let environment = ["LISTEN_FDS": "1", "LISTEN_PID": "1"]
        let listener = try Listener.open(ServerOptions(socketPath: directory.socket), environment: environment)
        #expect(listener.ownPath == directory.socket)
        listener.shutDown()
        listener.closeDescriptor()
    }
}
