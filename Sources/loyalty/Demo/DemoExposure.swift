/// Demo data, whose passwords everybody knows, and an address that others reach do not go together.
enum DemoExposure {
    /// Why `listen` and demo data do not go together; nil when they do. The one place where that is decided.
    static func refusal(listen: String, hasDemoData: Bool) -> CommandFailure? {
        guard hasDemoData, !Loopback.isMeant(by: listen) else { return nil }
        return .usage(
            "LOYALTY_LISTEN=\(listen) can be reached by others, and everybody knows the passwords of the demo tenants. "
                + "Set LOYALTY_LISTEN=127.0.0.1, or use a database without them (another LOYALTY_DB_NAME).")
    }
}
