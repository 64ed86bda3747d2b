import FastCGI
import LoyaltyRules

/// The Menu Display tab as typed. contract.md, "Settings forms".
public struct MenuDisplayForm: SettingsForm {
    public var version: String
    var showBar, showDiscountPrograms, showDeliveryInfo, showDriveThru, showTiers, showRedemptions: Bool
    var loyaltyTagline, deliveryMinimum, deliveryFee, deliveryRadius: String
    var driveThruHours, pickupText, primaryColor: String
    var programs: [ProgramRow]
    private var refused = FormProblems()

    /// One discount program as typed.
    struct ProgramRow: Sendable {
        var id = ""
        var isEnabled = true
        var name = ""
        var description = ""
        var icon = ProgramIcon.tag.rawValue
        var isRemoved = false

        /// Added and left blank: no program was meant.
        var isBlank: Bool { id.isEmpty && name.cleaned.isEmpty && description.cleaned.isEmpty }
    }

    public init(from fields: FormFields) {
        var reader = FormReader(fields)
        version = reader.text("version")
        showBar = reader.isOn("show_bar")
        showDiscountPrograms = reader.isOn("show_discount_programs")
        showDeliveryInfo = reader.isOn("show_delivery_info")
        showDriveThru = reader.isOn("show_drive_thru")
        showTiers = reader.isOn("show_tiers")
        showRedemptions = reader.isOn("show_redemptions")
        loyaltyTagline = reader.text("loyalty_tagline")
        deliveryMinimum = reader.text("delivery_minimum")
        deliveryFee = reader.text("delivery_fee")
        deliveryRadius = reader.text("delivery_radius")
        driveThruHours = reader.text("drive_thru_hours")
        pickupText = reader.text("pickup_text")
        primaryColor = reader.text("primary_color")
        programs = reader.rows("program", atMost: MenuDisplaySettings.countMax).map { row in
            ProgramRow(
                id: row["id"] ?? "", isEnabled: row["enabled"] == "1", name: row["name"] ?? "",
                description: row["description"] ?? "", icon: row["icon"] ?? "", isRemoved: row["delete"] == "1")
        }
        refused = reader.problems
    }

    public init(from settings: MenuDisplaySettings, version: Int64) {
        self.version = String(version)
        showBar = settings.showBar
        showDiscountPrograms = settings.showDiscountPrograms
        showDeliveryInfo = settings.showDeliveryInfo
        showDriveThru = settings.showDriveThru
        showTiers = settings.showTiers
        showRedemptions = settings.showRedemptions
        loyaltyTagline = settings.loyaltyTagline
        deliveryMinimum = settings.deliveryMinimum?.fieldText ?? ""
        deliveryFee = settings.deliveryFee?.fieldText ?? ""
        deliveryRadius = settings.deliveryRadiusTenths.map { DecimalText.format($0, places: 1) } ?? ""
        driveThruHours = settings.driveThruHours
        pickupText = settings.pickupText
        primaryColor = settings.primaryColor
        programs = settings.programs.map { program in
            ProgramRow(
                id: program.id.description, isEnabled: program.isEnabled, name: program.name,
                description: program.description, icon: program.icon.rawValue)
        }
    }

    /// One more blank row, unless there are as many as may be.
    public mutating func addRow() {
        if programs.count < MenuDisplaySettings.countMax { programs.append(ProgramRow()) }
    }

    public var values: [String: String] {
        var values = [
            "loyalty_tagline": loyaltyTagline, "delivery_minimum": deliveryMinimum, "delivery_fee": deliveryFee,
            "delivery_radius": deliveryRadius, "drive_thru_hours": driveThruHours, "pickup_text": pickupText,
            "primary_color": primaryColor,
        ]
        for (name, isOn) in [
            ("show_bar", showBar), ("show_discount_programs", showDiscountPrograms),
            ("show_delivery_info", showDeliveryInfo), ("show_drive_thru", showDriveThru), ("show_tiers", showTiers),
            ("show_redemptions", showRedemptions),
        ] { values[name] = isOn ? "1" : "" }
        for program in programs {
            values["program[\(program.id)][enabled]"] = program.isEnabled ? "1" : ""
            values["program[\(program.id)][name]"] = program.name
            values["program[\(program.id)][description]"] = program.description
            values["program[\(program.id)][icon]"] = program.icon
        }
        return values
    }

    public func validated(
        replacing current: MenuDisplaySettings, newID: () -> UInt128
    ) throws(FormProblems) -> MenuDisplaySettings {
        var problems = refused
        let known = current.programs.map(\.id)
        var seen: Set<ProgramID> = []
        var kept: [(row: Int, program: DiscountProgram)] = []
        for (row, typed) in programs.enumerated() where !typed.isBlank {
            let field = "program[\(row)]"
            let id = problems.rowID(typed.id, field + "[id]", known: known, seen: &seen, newID: newID)
            guard !typed.isRemoved else { continue }
            let program = DiscountProgram(
                id: id, isEnabled: typed.isEnabled, name: typed.name.cleaned, description: typed.description.cleaned,
                icon: problems.choice(typed.icon, field + "[icon]", orElse: .tag))
            kept.append((row, program))
        }
        var settings = MenuDisplaySettings(programs: kept.map(\.program))
        fill(&settings, &problems)
        problems.add(settings.problems, table: "program", rows: kept.map(\.row))
        return try problems.checked(settings)
    }

    private func fill(_ settings: inout MenuDisplaySettings, _ problems: inout FormProblems) {
        settings.showBar = showBar
        settings.showDiscountPrograms = showDiscountPrograms
        settings.showDeliveryInfo = showDeliveryInfo
        settings.showDriveThru = showDriveThru
        settings.showTiers = showTiers
        settings.showRedemptions = showRedemptions
        settings.loyaltyTagline = loyaltyTagline.cleaned
        settings.driveThruHours = driveThruHours.cleaned
        settings.pickupText = pickupText.cleaned
        settings.primaryColor = primaryColor.cleaned
        let range = "Enter dollars from 0 to 10000, or leave it blank."
        if !deliveryMinimum.cleaned.isEmpty {
            settings.deliveryMinimum = problems.dollars(deliveryMinimum, "delivery_minimum", range)
        }
        if !deliveryFee.cleaned.isEmpty {
            settings.deliveryFee = problems.dollars(deliveryFee, "delivery_fee", range)
        }
        if !deliveryRadius.cleaned.isEmpty {
            settings.deliveryRadiusTenths = DecimalText.parse(deliveryRadius.plainNumber, places: 1)
            if settings.deliveryRadiusTenths == nil {
                problems.add("delivery_radius", "Enter miles from 0.1 to 500 with one place, or leave it blank.")
            }
        }
    }
}
