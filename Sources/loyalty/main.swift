import ArgumentParser
import Foundation

// Only wires: every command reads its settings, does one thing and says what came of it.
let arguments = Array(CommandLine.arguments.dropFirst())
do {
    var command = try Loyalty.parseAsRoot(arguments)
    try command.run()
} catch {
    let ending = Ending(of: error)
    ending.report(isJSON: arguments.contains("--json"))
    exit(ending.code)
}
