import FastCGI
import LoyaltyRules

// The settings pages as opened, refused, with a row added, and after somebody else's save.

extension SettingsContext {
    static let sample = sampleContext()

    static var sampleUnsaved: SettingsContext {
        var context = sample
        context.isUnsaved = true
        context.barPreview = HTML(escaping: "Earn 1 pt per $1 spent — redeem for discounts")
        context.namesOrg = true
        return context
    }

    static var sampleConflict: SettingsContext {
        var context = sample
        context.conflict = Conflict(savedBy: "maria@shop.example", savedAt: "today at 6:04 pm")
        return context
    }

    private static func sampleContext() -> SettingsContext {
        var context = SettingsContext(
            saved: .defaults(name: "Green Leaf Downtown", timeZone: "America/New_York"), org: "demo",
            publicURL: "https://loyalty.shop.example")
        context.saved.points.pointsPerDollar = 1_500
        context.saved.points.equityMultiplier = 3_217
        context.saved.segments.slippingMinDays = 21
        context.equityLastSet = "3 Mar 2026"
        return context
    }
}

/// A form in the states that its page must be able to show.
private func states<Form: SettingsForm, Shown>(
    of saved: Form.Value, as form: Form.Type, refusing fields: FormFields, adding: (inout Form) -> Void = { _ in },
    page: (Form, FormProblems, SettingsContext) -> Shown
) -> [Shown] {
    let opened = Form(from: saved, version: 1)
    let refused = Form(from: fields)
    var extended = opened
    adding(&extended)
    var problems = FormProblems.none
    do {
        _ = try refused.validated(replacing: saved) { 99 }
    } catch {
        problems = error
    }
    return [
        page(opened, .none, .sample), page(refused, problems, .sample), page(extended, .none, .sampleUnsaved),
        page(refused, .none, .sampleConflict),
    ]
}

extension PointsPage {
    public static let samples = states(
        of: SettingsContext.sample.saved.points, as: PointsForm.self,
        refusing: [
            "version": "1", "points_per_dollar": "11", "equity_multiplier": "9.876", "rounding": "sideways",
            "earn_on": "before_tax", "earn_from": "31/12/2026",
        ], page: { PointsPage($0, $1, $2) })
}

extension TiersPage {
    public static let samples = states(
        of: SettingsContext.sample.saved.tiers, as: TiersForm.self,
        refusing: [
            "version": "1", "qualifying_window": "12_months", "demotion_inactive_days": "0",
            "tier[0][id]": TierID(rawValue: 1).description, "tier[0][name]": "Seed", "tier[0][threshold]": "0",
            "tier[0][color]": "#9a5b2e", "tier[0][earn_multiplier]": "1.25", "tier[0][benefits]": "A\r\nB",
            "tier[1][id]": TierID(rawValue: 3).description, "tier[1][name]": "Gold", "tier[1][delete]": "1",
            "tier[2][id]": TierID(rawValue: 7).description, "tier[2][name]": "", "tier[2][threshold]": "lots",
            "tier[2][color]": "red", "tier[2][earn_multiplier]": "20",
            "tier[2][benefits]": "Much " + String(repeating: "more ", count: 30),
        ], adding: { $0.addRow() }, page: { TiersPage($0, $1, $2) })
}

extension SegmentsPage {
    public static let samples = states(
        of: SettingsContext.sample.saved.segments, as: SegmentsForm.self,
        refusing: [
            "version": "1", "loyal_minOrders": "2", "vip_minLifetimeValue": "650.50", "vip_minOrders": "8",
            "vip_minAOV": "50", "highValue_minAOV": "75", "highValue_maxOrders": "5", "frequent_minOrders": "5",
            "frequent_maxAOV": "60", "slipping_minDays": "70", "atRisk_minDays": "60", "churned_minDays": "90",
            "new_maxDays": "30",
        ], page: { SegmentsPage($0, $1, $2) })
}

extension RedemptionsPage {
    public static let samples = states(
        of: SettingsContext.sample.saved.redemptions, as: RedemptionsForm.self,
        refusing: [
            "version": "1", "partial_redemption": "1", "max_order_percent": "50", "minimum_order": "20",
            "hold_minutes": "soon", "redemption[0][id]": RewardID(rawValue: 1).description,
            "redemption[0][points_cost]": "100", "redemption[0][reward_value]": "6",
            "redemption[0][description]": "$6 off", "redemption[1][id]": RewardID(rawValue: 2).description,
            "redemption[1][points_cost]": "100", "redemption[1][reward_value]": "15", "redemption[1][delete]": "1",
            "redemption[2][points_cost]": "many", "redemption[2][reward_value]": "-5",
        ], adding: { $0.addRow() }, page: { RedemptionsPage($0, $1, $2) })
}

extension MenuDisplayPage {
    public static let samples = states(
        of: SettingsContext.sample.saved.menuDisplay, as: MenuDisplayForm.self,
        refusing: [
            "version": "1", "show_bar": "1", "loyalty_tagline": "Points & treats", "delivery_minimum": "free",
            "delivery_fee": "-1", "delivery_radius": "2.55", "primary_color": "green",
            "program[0][id]": ProgramID(rawValue: 1).description, "program[0][name]": "Veterans",
            "program[0][icon]": "skull", "program[0][enabled]": "1", "program[1][name]": "Staff",
            "program[1][icon]": "star", "program[1][delete]": "1",
        ], adding: { $0.addRow() }, page: { MenuDisplayPage($0, $1, $2) })
}

extension BusinessPage {
    public static let samples = states(
        of: SettingsContext.sample.saved.business, as: BusinessForm.self,
        refusing: [
            "version": "1", "name": "", "time_zone": "Europe/Nowhere", "dispensary_type": "both",
            "license_number": "C10-0000123", "minimum_age": "17", "terms_url": "shop.example/terms",
        ], page: { BusinessPage($0, $1, $2) })
}

extension ProgramPage {
    public static let samples = states(
        of: SettingsContext.sample.saved.program, as: ProgramForm.self,
        refusing: [
            "version": "1", "paused": "1", "pause_reason": "Stocktaking", "alpine_policy": "trust",
            "discrepancy_percent": "0", "lag_hours": "1.5", "sync_every_minutes": "30", "adjust_limit": "500",
        ], page: { ProgramPage($0, $1, $2) })
}
