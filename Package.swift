// swift-tools-version: 6.2
// Targets and what each may import: docs/architecture.md, "Modules".

import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")

let package = Package(
    name: "loyalty",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "loyalty", targets: ["loyalty"]),
        .executable(name: "PosSimulator", targets: ["PosSimulator"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.0"),
    ],
    targets: [
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CFastCGI", pkgConfig: "fcgi", providers: [.apt(["libfcgi-dev"])]),
        .systemLibrary(name: "CMariaDB", pkgConfig: "libmariadb", providers: [.apt(["libmariadb-dev"])]),
        .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),

        .target(name: "FastCGI", dependencies: ["CFastCGI", httpTypes, logging], swiftSettings: settings),
        .target(name: "MariaDB", dependencies: ["CMariaDB", logging], swiftSettings: settings),
        .target(name: "Secrets", dependencies: ["CSodium"], swiftSettings: settings),
        .target(name: "JSONText", swiftSettings: settings),
        .target(name: "LoyaltyRules", swiftSettings: settings),
        .target(name: "LoyaltyStore", dependencies: ["MariaDB", "LoyaltyRules", logging], swiftSettings: settings),
        .target(
            name: "Connectors", dependencies: ["CCurl", "JSONText", "LoyaltyRules", "Secrets", logging],
            swiftSettings: settings),
        .target(
            name: "LoyaltyJobs", dependencies: ["LoyaltyStore", "LoyaltyRules", "Connectors", "Secrets", logging],
            swiftSettings: settings),
        .target(
            name: "LoyaltyWeb",
            dependencies: [
                "FastCGI", "JSONText", "LoyaltyStore", "LoyaltyRules", "LoyaltyJobs", "Secrets", httpTypes, logging,
                .product(name: "Mustache", package: "swift-mustache"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "loyalty",
            dependencies: [
                "FastCGI", "MariaDB", "Secrets", "LoyaltyRules", "LoyaltyStore", "Connectors", "LoyaltyJobs",
                "LoyaltyWeb", logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
            ],
            swiftSettings: settings),
        .executableTarget(name: "PosSimulator", dependencies: ["CFastCGI"], swiftSettings: settings),

        .testTarget(name: "FastCGITests", dependencies: ["FastCGI", httpTypes, logging], swiftSettings: settings),
        .target(name: "TestSupport", dependencies: ["MariaDB"], path: "Tests/Support", swiftSettings: settings),
        .testTarget(name: "MariaDBTests", dependencies: ["MariaDB", "TestSupport", logging], swiftSettings: settings),
        .testTarget(
            name: "LoyaltyStoreTests", dependencies: ["LoyaltyStore", "LoyaltyRules", "MariaDB", "TestSupport"],
            swiftSettings: settings),
        .testTarget(name: "SecretsTests", dependencies: ["Secrets"], swiftSettings: settings),
        .testTarget(name: "LoyaltyRulesTests", dependencies: ["LoyaltyRules"], swiftSettings: settings),
        .testTarget(
            name: "ConnectorsTests", dependencies: ["Connectors", "JSONText", "LoyaltyRules", logging],
            swiftSettings: settings),
        .testTarget(name: "JSONTextTests", dependencies: ["JSONText"], swiftSettings: settings),
        .testTarget(
            name: "LoyaltyJobsTests",
            dependencies: [
                "LoyaltyJobs", "LoyaltyStore", "LoyaltyRules", "Connectors", "MariaDB", "Secrets", "TestSupport",
                logging,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "LoyaltyWebTests",
            dependencies: [
                "LoyaltyWeb", "LoyaltyJobs", "LoyaltyStore", "LoyaltyRules", "Connectors", "FastCGI", "JSONText",
                "MariaDB", "Secrets", "TestSupport",
                httpTypes, logging,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "loyaltyTests",
            dependencies: [
                "loyalty", "LoyaltyJobs", "LoyaltyRules", "LoyaltyStore", "MariaDB", "Secrets", "TestSupport", logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)
