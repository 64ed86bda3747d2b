import ArgumentParser
import Foundation
import LoyaltyRules
import LoyaltyStore
import Secrets

extension Role: ExpressibleByArgument {}

/// `loyalty user create`.
struct UserCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Makes people who sign in.", subcommands: [Create.self])

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes a user. The password comes from standard input.")

        @Argument(help: "The e-mail address to sign in with.") var email: String
        @Option(help: "What they are.") var role: Role
        @Option(help: "Where; every role but super_user needs it.") var tenant: String?
        @OptionGroup var options: CommonOptions

        func validate() throws {
            guard (tenant == nil) == (role == .superUser) else {
                throw ValidationError("--tenant is for every role but super_user.")
            }
        }

        func run() throws {
            let store = try options.settings().openStore()
            let tenant = try tenant.map(store.knownTenant)
            let hash = try PasswordHash(of: try Password.read())
            let id = try store.createUser(email: email, passwordHash: hash.text, role: role, at: tenant?.id)
            try options.output.show(
                Report(id: id, email: email.lowercased(), role: role.rawValue, tenant: tenant?.slug),
                "Made the user \(email.lowercased()), \(role.rawValue)\(tenant.map { " of \($0.slug)" } ?? "").")
        }
    }

    private struct Report: Encodable {
        let id: UserID
        let email: String
        let role: String
        let tenant: String?
    }
}

/// A password that somebody types or pipes in.
enum Password {
    /// Reads a line of standard input; on a terminal it asks, and the letters are not shown.
    static func read() throws -> String {
        guard isatty(STDIN_FILENO) == 1 else { return try checked(readLine()) }
        tell("Password, 12 to 128 characters (not shown as you type):")
        var shown = termios()
        tcgetattr(STDIN_FILENO, &shown)
        var hidden = shown
        hidden.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(STDIN_FILENO, TCSANOW, &hidden)
        defer { tcsetattr(STDIN_FILENO, TCSANOW, &shown) }
        return try checked(readLine())
    }

    /// The password, if it may be one. engine-notes.md, 7.4: 12 to 128 characters, no rules of composition.
    static func checked(_ text: String?) throws(CommandFailure) -> String {
        guard let text else { throw .usage("The password is read from standard input, and there was none.") }
        guard (12...128).contains(text.unicodeScalars.count) else {
            throw .usage("The password must have 12 to 128 characters.")
        }
        return text
    }
}
