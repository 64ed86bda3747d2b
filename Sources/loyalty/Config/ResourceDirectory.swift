import Foundation

/// What is installed beside the program: migrations and templates.
enum ResourceDirectory {
    /// The directory `name` with the file `holding` in it: of the source tree that the program was built in, of
    /// `share/loyalty` beside its `bin`, or of the working directory.
    static func find(_ name: String, holding: String, from start: URL? = programDirectory) -> String? {
        var candidates: [URL] = []
        // From .build/x86_64-unknown-linux-gnu/release to the source tree it is three steps.
        var directory = start
        for _ in 0..<5 {
            guard let here = directory, here.path != "/" else { break }
            candidates += [here.appending(path: name), here.appending(path: "share/loyalty/\(name)")]
            directory = here.deletingLastPathComponent()
        }
        candidates.append(URL(fileURLWithPath: FileManager.default.currentDirectoryPath).appending(path: name))
        return candidates.first { FileManager.default.isReadableFile(atPath: $0.appending(path: holding).path) }?.path
    }

    /// Where the program is, links followed.
    static var programDirectory: URL? {
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    }
}
