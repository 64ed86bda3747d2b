import CSodium

/// The C library, ready for use from any thread.
enum Sodium {
    // 1 is "already done". It fails only when the system has no randomness to give, where nothing here can go on.
    private static let isReady: Bool = sodium_init() >= 0

    static func prepare() { precondition(isReady, "libsodium could not start") }
}
