/// What a customer settles of points owed when `available` has risen. rules.md, "Orders change": the same for every
/// kind of movement but `alpine_override`.
public struct Settlement: Equatable, Sendable {
    /// To append, in order.
    public private(set) var entries: [PlannedEntry] = []
    /// The owings that changed, as they are afterwards.
    public private(set) var owings: [Owing] = []
    /// What it takes in all, zero or more.
    public private(set) var points: Int64 = 0

    /// Takes at most `available` for `owings`, which come oldest order first.
    public init(of owings: [Owing], available: Int64, settingsVersion: Int64) {
        for owing in owings where owing.open > 0 {
            let taken = min(owing.open, available - points)
            guard taken > 0 else { return }
            var settled = owing
            settled.open -= taken
            settled.settlements += 1
            points += taken
            self.owings.append(settled)
            entries.append(
                PlannedEntry(
                    order: owing.order, points: -taken, kind: .clawback,
                    key: "owed:\(owing.order):\(settled.settlements)",
                    reason: "Settles points owed for an earlier order", settingsVersion: settingsVersion))
        }
    }
}
