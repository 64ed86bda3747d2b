import Dispatch
import Foundation
import Synchronization
import Testing

@testable import FastCGI

struct PlacesTests {
    @Test("no more threads work at once than there are places")
    func counted() throws {
        let places = Places(2)
        let inside = Mutex((now: 0, most: 0))
        let done = DispatchGroup()
        for _ in 0..<6 {
            done.enter()
            Thread {
                _ = places.take()
                inside.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                Thread.sleep(forTimeInterval: 0.01)
                inside.withLock { $0.now -= 1 }
                places.give()
                done.leave()
            }.start()
        }
        #expect(done.wait(timeout: .now() + 20) == .success)
        #expect(inside.withLock { $0.most } == 2)
    }

    @Test("one that waits lets another work, and goes on although that one keeps the place")
    func waits() throws {
        let places = Places(1)
        let taken = DispatchSemaphore(value: 0)
        let finished = DispatchSemaphore(value: 0)
        Thread {
            _ = places.take()
            Thread {
                _ = places.take()
                taken.signal()
                // As a thread in `accept` does: it gives nothing back.
                Thread.sleep(forTimeInterval: 30)
            }.start()
            for _ in 0..<3 { places.whileWaiting { Thread.sleep(forTimeInterval: 0.01) } }
            _ = taken.wait(timeout: .now() + 10)
            places.whileWaiting { Thread.sleep(forTimeInterval: 0.01) }
            finished.signal()
        }.start()
        #expect(finished.wait(timeout: .now() + 10) == .success)
    }

    @Test("closed places hold nobody up, and whoever has one keeps it")
    func closed() {
        let places = Places(1)
        #expect(places.take())
        let left = DispatchSemaphore(value: 0)
        Thread {
            #expect(!places.take())
            left.signal()
        }.start()
        places.close()
        #expect(left.wait(timeout: .now() + 10) == .success)
        #expect(places.take())
    }
}
