import ArgumentParser
import LoyaltyStore
import MariaDB

/// A command that could not do what it was asked, with the exit code that says why.
struct CommandFailure: Error, Equatable, CustomStringConvertible {
    /// docs/contract.md, "Commands".
    let code: Int32
    /// What is wrong and what to do.
    let description: String

    /// Something is wrong with the data: 1.
    static func problem(_ words: String) -> CommandFailure { CommandFailure(code: 1, description: words) }
    /// The command was called in a wrong way: 2.
    static func usage(_ words: String) -> CommandFailure { CommandFailure(code: 2, description: words) }
    /// Something this needs does not answer: 69.
    static func unavailable(_ words: String) -> CommandFailure { CommandFailure(code: 69, description: words) }
}

/// How the program ends after an error: the exit code, and the words.
struct Ending: Equatable {
    /// docs/contract.md, "Commands".
    let code: Int32
    /// Empty when everything was said.
    let words: String

    private static let usageOfArgumentParser: Int32 = 64

    init(of error: any Error) {
        switch error {
        case let failure as CommandFailure: self.init(failure.code, failure.description)
        case let problems as ConfigProblems: self.init(2, problems.description)
        case let problems as SettingsFileProblems: self.init(2, problems.description)
        case let refusal as Refusal: self.init(refusal.code == .invalidRequest ? 2 : 1, refusal.description)
        case let problem as Migrator.Problem: self.init(problem == .busy ? 69 : 1, Self.words(problem))
        case let error as DatabaseError: self.init(error)
        case let error as CommitOutcomeUnknown: self.init(69, error.description)
        default: self.init(parser: error)
        }
    }

    private init(_ code: Int32, _ words: String) {
        self.code = code
        self.words = words
    }

    private init(_ error: DatabaseError) {
        if Outage.isMeant(by: error) {
            self.init(69, "The database is not available: \(error.debugDescription)")
        } else if let code = error.code, [1044, 1045, 1049, 1698].contains(code) {
            self.init(69, "The database refuses LOYALTY_DB_USER or LOYALTY_DB_NAME: \(error.debugDescription)")
        } else if let code = error.code, [1142, 1143, 1370].contains(code) {
            self.init(
                69,
                "LOYALTY_DB_USER lacks rights; docs/operations.md, “Database users”, says how to grant them: "
                    + error.debugDescription)
        } else {
            self.init(1, error.debugDescription)
        }
    }

    /// Wrong usage, a request for help, or what nothing above knows.
    private init(parser error: any Error) {
        let code = Loyalty.exitCode(for: error).rawValue
        self.init(code == Self.usageOfArgumentParser ? 2 : code, Loyalty.fullMessage(for: error))
    }

    /// Says it: help on standard output, all else on standard error, or as JSON on standard output.
    func report(isJSON: Bool) {
        guard !words.isEmpty else { return }
        if code == 0 {
            print(words)
        } else if isJSON {
            do { print(try Output.json(["error": words])) } catch { tell(words) }
        } else {
            tell(words)
        }
    }

    private static func words(_ problem: Migrator.Problem) -> String {
        switch problem {
        case .misnamed(let file): "\(file) needs a number of four digits that no other file has."
        case .changed(let file): "\(file) was changed after it was applied. Restore it; changes go into a new file."
        case .late(let file): "\(file) is older than what was applied. Give it the next number."
        case .busy: "Another migration is still running. Try again later."
        case .superseded: "Another migration has taken over, for this one gave no sign of life."
        }
    }
}
