import LoyaltyRules

/// What `templates/settings/menu-display.mustache` prints.
public struct MenuDisplayPage: Page {
    public static let template = "settings/menu-display"

    public let title = "Menu display"
    let frame: SettingsFrame
    let showBar: Field
    let loyaltyTagline: Field
    let showRedemptions: Field
    let showTiers: Field
    let primaryColor: Field
    let showDiscountPrograms: Field
    let programs: [ProgramRow]
    let canAdd: Bool
    let delivery: [Field]
    let deliveryNumbers: [Field]
    let showDriveThru: Field
    let driveThruHours: Field
    let pickupText: Field
    /// What to copy into the shop's site.
    let scriptSnippet: String
    let frameSnippet: String
    let savedBarSource: String
    /// The bar of the typed values.
    let preview: HTML?

    /// A discount program's fieldset.
    struct ProgramRow: Sendable {
        let legend: String
        let iconName: String
        let idName: String
        let idValue: String
        let isRemoved: Bool
        let enabled: Field
        let name: Field
        let programText: Field
        let icon: Field
        let remove: Field
    }

    /// The form with what is wrong beside its fields.
    public init(_ form: MenuDisplayForm, _ problems: FormProblems = .none, _ context: SettingsContext) {
        let theirs = MenuDisplayForm(from: context.saved.menuDisplay, version: 0)
        var make = FieldMaker(problems: problems, theirs: context.conflict.map { _ in theirs.values })
        showBar = make.check("show_bar", "Show the loyalty line on the menu", form.showBar)
        loyaltyTagline = make.make(
            "loyalty_tagline", "Tagline", form.loyaltyTagline, .long,
            help: "At most 140 characters. Blank: “\(context.saved.points.defaultTagline)”.")
        showRedemptions = make.check("show_redemptions", "Show what points are worth", form.showRedemptions)
        showTiers = make.check("show_tiers", "Show tiers and their benefits", form.showTiers)
        primaryColor = make.make(
            "primary_color", "Accent color", form.primaryColor, .color,
            help: "Of the icons and the rule. Text keeps the colors of your site.")
        showDiscountPrograms = make.check(
            "show_discount_programs", "Show discount programs", form.showDiscountPrograms)
        let savedIDs = Set(theirs.programs.map(\.id))
        programs = form.programs.enumerated().map { index, row in
            Self.row(row, index, isKnown: context.conflict == nil || savedIDs.contains(row.id), &make)
        }
        canAdd = form.programs.count < MenuDisplaySettings.countMax
        delivery = [make.check("show_delivery_info", "Show delivery", form.showDeliveryInfo)]
        deliveryNumbers = [
            make.make("delivery_minimum", "Smallest order", form.deliveryMinimum, .decimal, before: "$"),
            make.make("delivery_fee", "Fee", form.deliveryFee, .decimal, before: "$", help: "0: free delivery."),
            make.make("delivery_radius", "Radius", form.deliveryRadius, .decimal, after: "miles"),
        ]
        showDriveThru = make.check("show_drive_thru", "Show the drive-thru", form.showDriveThru)
        driveThruHours = make.make(
            "drive_thru_hours", "Drive-thru hours", form.driveThruHours, .long, help: "As in “Mon–Sat 9 am – 9 pm”.")
        pickupText = make.make(
            "pickup_text", "Pickup line", form.pickupText, .long, help: "Blank: no pickup line.")
        let place = "\(context.publicURL)/menu/\(context.org)"
        scriptSnippet = "<script src=\"\(place)/embed.js\"></script>"
        frameSnippet =
            "<iframe src=\"\(place)/bar?embed=page\" title=\"Loyalty and offers\" "
            + "width=\"100%\" height=\"160\" loading=\"lazy\"></iframe>"
        savedBarSource = "/menu/\(context.org)/bar?embed=page"
        preview = context.barPreview
        let formIDs = Set(form.programs.map(\.id))
        frame = SettingsFrame(
            form, context, make, added: theirs.programs.filter { !formIDs.contains($0.id) }.map(\.name))
    }

    private static func row(
        _ row: MenuDisplayForm.ProgramRow, _ index: Int, isKnown: Bool, _ make: inout FieldMaker
    ) -> ProgramRow {
        let field = "program[\(index)]"
        let key = "program[\(row.id)]"
        make.owner = row.name.cleaned.isEmpty ? "New program" : row.name.cleaned
        defer { make.owner = nil }
        if !isKnown { make.noteLostRow() }
        return ProgramRow(
            legend: row.name.cleaned.isEmpty ? "New program" : row.name.cleaned,
            iconName: (ProgramIcon(rawValue: row.icon) ?? .tag).rawValue, idName: field + "[id]",
            idValue: isKnown ? row.id : "", isRemoved: row.isRemoved,
            enabled: make.check(field + "[enabled]", "Show it", row.isEnabled, key: key + "[enabled]"),
            name: make.make(field + "[name]", "Name", row.name, key: key + "[name]"),
            programText: make.make(
                field + "[description]", "Description", row.description, .long, key: key + "[description]"),
            icon: make.make(field + "[icon]", "Icon", row.icon, .choice(icons), key: key + "[icon]"),
            remove: make.check(field + "[delete]", "Remove this program", row.isRemoved))
    }

    private static let icons: [(String, String, String?)] = ProgramIcon.allCases.map { icon in
        let label =
            switch icon {
            case .shield: "Shield"
            case .graduationCap: "Graduation cap"
            case .star: "Star"
            case .heart: "Heart"
            case .users: "People"
            case .tag: "Price tag"
            }
        return (icon.rawValue, label, nil)
    }
}
