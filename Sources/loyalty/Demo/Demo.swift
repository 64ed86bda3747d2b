import ArgumentParser
import LoyaltyRules
import LoyaltyStore
import Secrets

/// `loyalty demo`.
struct Demo: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Loads the two demo tenants; a second time changes nothing.",
        discussion: "Only while LOYALTY_LISTEN is an address of this machine alone.")

    @OptionGroup var options: CommonOptions

    func run() throws {
        let config = try options.settings(needs: .secretKey)
        if let refusal = DemoExposure.refusal(listen: config.listen, hasDemoData: true) { throw refusal }
        let store = try config.openStore()
        let loader = DemoLoader(store: store, sealer: try config.requiredSealer())
        let made = try loader.load()
        try options.output.show(
            ["made": made],
            made.isEmpty
                ? "The demo tenants are here already."
                : "Loaded the demo tenants. Sign in as admin@demo.example with demo-admin-pass.")
    }
}
