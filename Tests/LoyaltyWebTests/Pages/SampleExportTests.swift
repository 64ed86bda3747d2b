import Foundation
import Testing

@testable import LoyaltyWeb

struct SampleExportTests {
    /// Set `LOYALTY_SAMPLES` to a directory to look at every page in a browser, or to run checkers over it; serve
    /// `templates/static` beside it as `/static`. Without it the files are written and removed.
    @Test("every sample is written for looking at")
    func export() throws {
        let kept = ProcessInfo.processInfo.environment["LOYALTY_SAMPLES"].map { URL(fileURLWithPath: $0) }
        let directory = kept ?? FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try export(to: directory)
        let files = try FileManager.default.contentsOfDirectory(atPath: directory.path())
        #expect(files.count >= everyPage.count + everyPublicPage.count)
        if kept == nil { try FileManager.default.removeItem(at: directory) }
    }

    private func export(to directory: URL) throws {
        let templates = try Templates.ofCheckout()
        var counts: [String: Int] = [:]
        for page in everyPage {
            let name = type(of: page).template.split(separator: "/").joined(separator: "_")
            counts[name, default: 0] += 1
            let isSignedOut = page is SignInPage
            let text = try templates.render(page, in: isSignedOut ? .signedOut : .sample)
            let file = directory.appending(path: "\(name)-\(counts[name] ?? 0).html")
            try Data(text.utf8).write(to: file)
        }
        for page in everyPublicPage {
            let name = type(of: page).template.split(separator: "/").joined(separator: "_")
            counts[name, default: 0] += 1
            let file = directory.appending(path: "\(name)-\(counts[name] ?? 0).html")
            try Data(try templates.render(page).utf8).write(to: file)
        }
    }
}
