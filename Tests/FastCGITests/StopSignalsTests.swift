import FastCGI
import Foundation
import Testing

struct StopSignalsTests {
    @Test("a stop signal ends nothing: the thread that waits for it gets it", arguments: [SIGTERM, SIGINT, SIGHUP])
    func waits(signal: Int32) {
        // A thread of its own, for the mask it blocks would stay with a thread of the test runner.
        let done = DispatchSemaphore(value: 0)
        nonisolated(unsafe) var received: Int32 = 0
        Thread {
            StopSignals.block()
            pthread_kill(pthread_self(), signal)
            received = StopSignals.wait()
            done.signal()
        }.start()
        #expect(done.wait(timeout: .now() + 5) == .success)
        #expect(received == signal)
    }
}
