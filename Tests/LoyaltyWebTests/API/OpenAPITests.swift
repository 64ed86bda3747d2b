import Foundation
import HTTPTypes
import LoyaltyStore
import Testing

@testable import LoyaltyWeb

struct OpenAPITests {
    private static let file = String(
        #filePath.dropLast("Tests/LoyaltyWebTests/API/OpenAPITests.swift".count) + "docs/openapi.yaml")

    @Test("docs/openapi.yaml describes exactly the calls of API v1, each with its scope")
    func calls() throws {
        let lines = try String(contentsOfFile: Self.file, encoding: .utf8).split(separator: "\n").map(String.init)
        var described: Set<String> = []
        var path = ""
        for line in lines {
            if line.hasPrefix("  /"), line.hasSuffix(":") { path = String(line.dropFirst(2).dropLast()) }
            for method in ["get", "post"] where line == "    \(method):" {
                described.insert("\(method.uppercased()) \(path)")
            }
        }
        let routes = Routes.all.filter { $0.pattern.hasPrefix("/api/v1/") }
        #expect(described == Set(routes.map { "\($0.method.rawValue) \($0.pattern)" }))
        for route in routes {
            guard case .apiKey(let scope) = route.access else {
                Issue.record("\(route.pattern) is not for API keys")
                continue
            }
            let start = try #require(lines.firstIndex(of: "  \(route.pattern):"))
            let text = lines[start...].dropFirst().prefix { !$0.hasPrefix("  /") }.joined(separator: "\n")
            #expect(text.contains(scope.map { "Scope `\($0)`" } ?? "Any key"), "\(route.pattern)")
        }
    }
}
