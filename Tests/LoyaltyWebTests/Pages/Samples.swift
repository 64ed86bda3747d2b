import Foundation

@testable import LoyaltyWeb

/// Every page in all its states. A page that is missing here is found by "every template has a page".
let everyPage: [any Page] =
    ApiDocsPage.samples as [any Page] + ErrorPage.samples + ConfirmPage.samples + SignInPage.samples + everySettingsPage
    + everyReportPage + TillPage.samples + ReportPage.samples

/// Today and the customers.
let everyReportPage: [any Page] =
    DashboardPage.samples as [any Page] + CustomersPage.samples + CustomerPage.samples + SyncPage.samples
    + ReconciliationPage.samples + DiscrepancyPage.samples

/// What is printed without chrome: the bar in its forms, and the example shop.
let everyPublicPage: [any Page] =
    BarFragment.samples as [any Page] + BarPage.samples + BarStyle.samples + EmbedScript.samples
    + DemoMenuPage.samples

/// The settings pages alone.
let everySettingsPage: [any Page] =
    PointsPage.samples as [any Page] + TiersPage.samples + SegmentsPage.samples + RedemptionsPage.samples
    + MenuDisplayPage.samples + BusinessPage.samples + ProgramPage.samples

extension Templates {
    /// The templates of this checkout.
    static func ofCheckout() throws -> Templates {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return try Templates(directory: root.appending(path: "templates").path)
    }
}

extension Chrome {
    /// An admin of two shops, with something to say and something waiting.
    static var sample: Chrome {
        var chrome = Chrome(
            shopName: "Green Leaf Downtown", csrf: "csrf-sample", reference: "0a1b2c3d4e5f60718293a4b5c6d7e8f9")
        chrome.shops = [
            Shop(org: "demo", name: "Green Leaf Downtown", isCurrent: true),
            Shop(org: "other", name: "Green Leaf Uptown", isCurrent: false),
        ]
        chrome.org = "demo"
        chrome.person = Person(name: "admin@demo.example", role: "Admin")
        chrome.findsCustomers = true
        chrome.navigation = Section.navigation(
            Section.allCases, current: .settings, counts: [.reconciliation: 3], org: "demo")
        chrome.notices = [
            .done("Points settings saved.", link: Link("See what changed", to: "/dashboard/settings/loyalty/history"))
        ]
        return chrome
    }

    /// While something runs, and something went wrong.
    static var sampleRunning: Chrome {
        var chrome = sample
        chrome.refreshSeconds = 5
        chrome.notices = [.alert("Alpine IQ did not answer. Points are as they were.")]
        return chrome
    }

    /// Nobody signed in.
    static var signedOut: Chrome {
        Chrome(shopName: "Loyalty", csrf: "csrf-sample", reference: "0a1b2c3d4e5f60718293a4b5c6d7e8f9")
    }
}
