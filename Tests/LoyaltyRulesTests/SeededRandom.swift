/// A repeatable source of random numbers (SplitMix64). Its seed is the test's argument, so a failure names it.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Two that are the same in every run, and a fresh one, so that each run also looks somewhere new.
    static let seeds: [UInt64] = [1, 20_260_102, .random(in: 1_000...(.max))]

    mutating func number(in range: ClosedRange<Int64>) -> Int64 { .random(in: range, using: &self) }

    /// A number of any size: small and large ones are equally likely, which even choice would not give.
    mutating func magnitude(upTo limit: Int64) -> Int64 {
        let bits = Int.random(in: 0..<63, using: &self)
        return min(limit, number(in: 0...((1 << Int64(bits)) - 1)))
    }

    mutating func element<Element>(of list: [Element]) -> Element {
        list[Int.random(in: list.indices, using: &self)]
    }
}
