import LoyaltyRules

/// What `templates/settings/business.mustache` prints.
public struct BusinessPage: Page {
    public static let template = "settings/business"

    public let title = "Business"
    let frame: SettingsFrame
    let name: Field
    let timeZone: Field
    let dispensaryType: Field
    let licenseNumber: Field
    let minimumAge: Field
    let termsURL: Field

    /// The form with what is wrong beside its fields.
    public init(_ form: BusinessForm, _ problems: FormProblems = .none, _ context: SettingsContext) {
        let theirs = context.conflict.map { _ in BusinessForm(from: context.saved.business, version: 0).values }
        var make = FieldMaker(problems: problems, theirs: theirs)
        name = make.make("name", "Name of the shop", form.name, .long, help: "As customers know it.")
        timeZone = make.make(
            "time_zone", "Time zone", form.timeZone, .choice(Self.zones(with: form.timeZone)),
            help: "It decides when a day begins: for tiers, streaks, birthdays and reports.")
        dispensaryType = make.make(
            "dispensary_type", "Customers", form.dispensaryType,
            .choice([
                ("medical", "Medical", "Suggested texts are professional and educational"),
                ("recreational", "Recreational", "Suggested texts are casual and friendly"),
                ("both", "Both", "Suggested texts are warm and clear"),
            ]))
        licenseNumber = make.make(
            "license_number", "License number", form.licenseNumber, help: "As on the license. May be blank.")
        minimumAge = make.make(
            "minimum_age", "Youngest customer", form.minimumAge, .whole, after: "years",
            help: "From 18 to 25. Nobody younger is sent a birthday message.")
        termsURL = make.make(
            "terms_url", "Terms of the program", form.termsURL, .address,
            help: "An address that begins with https://. May be blank.")
        frame = SettingsFrame(form, context, make)
    }

    /// The zones of the United States, and the shop's own if it is another.
    private static func zones(with own: String) -> [(String, String, String?)] {
        let usual: [(String, String, String?)] = [
            ("America/New_York", "Eastern (New York)", nil), ("America/Detroit", "Eastern (Detroit)", nil),
            ("America/Chicago", "Central (Chicago)", nil), ("America/Denver", "Mountain (Denver)", nil),
            ("America/Phoenix", "Mountain without summer time (Phoenix)", nil),
            ("America/Los_Angeles", "Pacific (Los Angeles)", nil), ("America/Anchorage", "Alaska (Anchorage)", nil),
            ("Pacific/Honolulu", "Hawaii (Honolulu)", nil), ("America/Puerto_Rico", "Atlantic (Puerto Rico)", nil),
        ]
        return own.isEmpty || usual.contains { $0.0 == own } ? usual : usual + [(own, own, nil)]
    }
}
