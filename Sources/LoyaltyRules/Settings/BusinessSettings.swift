import Foundation

/// Whom a dispensary sells to; sets the voice of suggested texts. rules.md, "Copy".
public enum DispensaryType: String, Codable, CaseIterable, Sendable {
    case medical
    case recreational
    case both
}

/// The Business page: the tenant's particulars.
public struct BusinessSettings: SettingsTabValue {
    public static let tab = SettingsTab.business

    /// The shop's name, 1 to 80 characters.
    public var name: String
    /// IANA name; decides what a day is.
    public var timeZone: String
    /// Whom it sells to.
    public var dispensaryType = DispensaryType.both
    /// As the license says; may be empty.
    public var licenseNumber = ""
    /// The youngest a customer may be, 18 to 25.
    public var minimumAge: Int64 = 21
    /// Where the program's terms stand; may be empty, else an https address.
    public var termsURL = ""

    /// The defaults for a shop.
    public init(name: String, timeZone: String) {
        self.name = name
        self.timeZone = timeZone
    }

    /// The zone's calendar. Saved zones are checked; an unknown one can only mean that the system lost it, and UTC is
    /// then the least surprising.
    public var calendar: LocalCalendar { LocalCalendar(timeZone: timeZone) ?? LocalCalendar(timeZone: .gmt) }

    public var problems: [SettingsProblem] {
        var list = ProblemList()
        list.requireText(name, "name", 1...80)
        list.require(
            LocalCalendar(timeZone: timeZone) != nil, "time_zone", "Choose a time zone such as America/New_York.")
        list.requireText(licenseNumber, "license_number", 0...60)
        list.require((18...25).contains(minimumAge), "minimum_age", "Enter an age from 18 to 25.")
        list.requireText(termsURL, "terms_url", 0...300)
        list.require(
            termsURL.isEmpty || termsURL.hasPrefix("https://") && !termsURL.utf8.contains { $0 <= 32 || $0 == 34 },
            "terms_url", "Enter an address that begins with https://, or leave it blank.")
        return list.problems
    }
}
