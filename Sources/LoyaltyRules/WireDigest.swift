/// A digest of the text that something was read from: the same text says the same.
public struct WireDigest: Hashable, Sendable {
    /// Its 128 bits.
    public let rawValue: UInt128

    /// Of 128 bits.
    public init(rawValue: UInt128) { self.rawValue = rawValue }

    public func hash(into hasher: inout Hasher) { hasher.combine(UInt64(truncatingIfNeeded: rawValue)) }
}

/// A value beside what its owner is: two owners are equal whatever theirs are.
@propertyWrapper
public struct Uncompared<Value: Sendable>: Equatable, Sendable {
    public var wrappedValue: Value

    /// Holds a value.
    public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }

    public static func == (_: Self, _: Self) -> Bool { true }
}
