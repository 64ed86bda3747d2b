import CFastCGI
import Foundation

// A look-alike of Alleaves and Alpine IQ: one FastCGI program behind nginx. What it can do is in docs/simulator.md.

func say(_ words: String) {
    FileHandle.standardError.write(Data((words + "\n").utf8))
}

let options: Options
do {
    options = try Options(arguments: Array(CommandLine.arguments.dropFirst()))
} catch {
    say("PosSimulator: \(error.words)\n\(Options.usage)")
    exit(2)
}

// Blocked before any thread starts, so that only `sigwait` below sees them.
var stopping = sigset_t()
sigemptyset(&stopping)
sigaddset(&stopping, SIGTERM)
sigaddset(&stopping, SIGINT)
pthread_sigmask(SIG_BLOCK, &stopping, nil)
signal(SIGPIPE, SIG_IGN)

let simulator = Simulator(options)
do {
    let workers = try Workers(socketPath: options.socketPath) { simulator.answer($0) }
    workers.start(threads: options.threads)
    say("PosSimulator: \(options.customers) customers, listening on \(options.socketPath)")
    var received: Int32 = 0
    sigwait(&stopping, &received)
    workers.stop()
    unlink(options.socketPath)
    Thread.sleep(forTimeInterval: 0.2)  // for answers that are being written; nobody waits for slow ones
    exit(0)
} catch {
    say("PosSimulator: cannot listen on \(options.socketPath)")
    exit(1)
}
