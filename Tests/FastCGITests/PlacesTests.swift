import Dispatch
import Foundation
import Synchronization
import Testing

@testable import FastCGI

struct PlacesTests {
    @Test("no more threads work at once than there are places, and one that waits lets another work")
    func counted() throws {
        let places = Places(2)
        let inside = Mutex((now: 0, most: 0))
        let done = DispatchGroup()
        let met = DispatchSemaphore(value: 0)
        for number in 0..<6 {
            done.enter()
            Thread {
                _ = places.take()
                inside.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                if number == 0 { places.whileWaiting { _ = met.wait(timeout: .now() + 10) } }
                Thread.sleep(forTimeInterval: 0.01)
                inside.withLock { $0.now -= 1 }
                places.give()
                if number != 0 { met.signal() }
                done.leave()
            }.start()
        }
        #expect(done.wait(timeout: .now() + 20) == .success)
        // The one that waits is counted too, without a place.
        #expect(inside.withLock { $0.most } <= 3)
    }

    @Test("closed places hold nobody up")
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
    }
}
