import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The kernel's random numbers, fetched 256 at once: an id each would be two system calls each, and a sync makes
/// millions of ids.
enum RandomWords {
    private static let countAtOnce = 256
    private static let kept = Mutex<[UInt64]>([])

    /// 64 random bits.
    static func next() -> UInt64 {
        kept.withLock { words in
            if let word = words.popLast() { return word }
            words = fetched()
            return words.popLast() ?? .random(in: 0 ... .max)
        }
    }

    private static func fetched() -> [UInt64] {
        [UInt64](unsafeUninitializedCapacity: countAtOnce) { buffer, count in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            // 256 bytes are given whole, whatever signals come. random(7)
            count = 0
            while count < countAtOnce, let start = bytes.baseAddress {
                guard getentropy(start + count * 8, 256) == 0 else { break }
                count += 32
            }
        }
    }
}
