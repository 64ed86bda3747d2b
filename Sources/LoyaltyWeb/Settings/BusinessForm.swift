import FastCGI
import LoyaltyRules

/// The Business page as typed. contract.md, "Settings forms".
public struct BusinessForm: SettingsForm {
    public var version: String
    var name, timeZone, dispensaryType, licenseNumber, minimumAge, termsURL: String
    private var refused = FormProblems()

    public init(from fields: FormFields) {
        var reader = FormReader(fields)
        version = reader.text("version")
        name = reader.text("name")
        timeZone = reader.text("time_zone")
        dispensaryType = reader.text("dispensary_type")
        licenseNumber = reader.text("license_number")
        minimumAge = reader.text("minimum_age")
        termsURL = reader.text("terms_url")
        refused = reader.problems
    }

    public init(from settings: BusinessSettings, version: Int64) {
        self.version = String(version)
        name = settings.name
        timeZone = settings.timeZone
        dispensaryType = settings.dispensaryType.rawValue
        licenseNumber = settings.licenseNumber
        minimumAge = String(settings.minimumAge)
        termsURL = settings.termsURL
    }

    public var values: [String: String] {
        [
            "name": name, "time_zone": timeZone, "dispensary_type": dispensaryType, "license_number": licenseNumber,
            "minimum_age": minimumAge, "terms_url": termsURL,
        ]
    }

    public func validated(
        replacing current: BusinessSettings, newID: () -> UInt128
    ) throws(FormProblems) -> BusinessSettings {
        var problems = refused
        var settings = BusinessSettings(name: name.cleaned, timeZone: timeZone.cleaned)
        settings.dispensaryType = problems.choice(dispensaryType, "dispensary_type", orElse: .both)
        settings.licenseNumber = licenseNumber.cleaned
        settings.minimumAge = problems.whole(minimumAge, "minimum_age", "Enter an age from 18 to 25.")
        settings.termsURL = termsURL.cleaned
        problems.add(settings.problems)
        return try problems.checked(settings)
    }
}
