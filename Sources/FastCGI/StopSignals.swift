import Foundation

/// The signals that end a server: TERM and INT, and HUP.
///
/// They are blocked everywhere and taken by one thread in `wait()`: delivered to a worker they would cut an answer
/// short, and the handler that libfcgi installs for TERM wakes nobody.
public enum StopSignals {
    private static let all = [SIGTERM, SIGINT, SIGHUP]

    /// Blocks them in the calling thread and in all that it starts. Call it first in `main`.
    public static func block() {
        var set = signalSet(all)
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Waits until one arrives and returns its number.
    public static func wait() -> Int32 {
        var set = signalSet(all)
        var signal: Int32 = 0
        while sigwait(&set, &signal) != 0 {}
        return signal
    }

    /// Runs `body` with every signal blocked but those that report a defect of the running code. Threads started in
    /// it inherit that.
    static func blockingAll(_ body: () -> Void) {
        var set = sigset_t()
        var before = sigset_t()
        sigfillset(&set)
        for defect in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT] { sigdelset(&set, defect) }
        pthread_sigmask(SIG_SETMASK, &set, &before)
        body()
        pthread_sigmask(SIG_SETMASK, &before, nil)
    }

    private static func signalSet(_ signals: [Int32]) -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        return set
    }
}
