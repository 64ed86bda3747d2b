/// What one thread at a time uses, lent to another: whoever lends it does not touch it until it is back.
struct Lent<Value>: @unchecked Sendable {
    let value: Value

    init(_ value: Value) { self.value = value }
}
