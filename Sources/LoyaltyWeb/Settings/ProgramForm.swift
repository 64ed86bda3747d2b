import FastCGI
import LoyaltyRules

/// The Program page as typed. contract.md, "Settings forms".
public struct ProgramForm: SettingsForm {
    public var version: String
    var paused, hideBarWhenPaused, gamificationEnabled, campaignsEnabled, outboundEnabled, posDiscountEnabled: Bool
    var pauseReason, alpinePolicy, discrepancyPercent, lagHours, syncEveryMinutes, adjustLimit: String
    private var refused = FormProblems()

    public init(from fields: FormFields) {
        var reader = FormReader(fields)
        version = reader.text("version")
        paused = reader.isOn("paused")
        hideBarWhenPaused = reader.isOn("hide_bar_when_paused")
        gamificationEnabled = reader.isOn("gamification_enabled")
        campaignsEnabled = reader.isOn("campaigns_enabled")
        outboundEnabled = reader.isOn("outbound_enabled")
        posDiscountEnabled = reader.isOn("pos_discount_enabled")
        pauseReason = reader.text("pause_reason")
        alpinePolicy = reader.text("alpine_policy")
        discrepancyPercent = reader.text("discrepancy_percent")
        lagHours = reader.text("lag_hours")
        syncEveryMinutes = reader.text("sync_every_minutes")
        adjustLimit = reader.text("adjust_limit")
        refused = reader.problems
    }

    public init(from settings: ProgramSettings, version: Int64) {
        self.version = String(version)
        paused = settings.paused
        hideBarWhenPaused = settings.hideBarWhenPaused
        gamificationEnabled = settings.gamificationEnabled
        campaignsEnabled = settings.campaignsEnabled
        outboundEnabled = settings.outboundEnabled
        posDiscountEnabled = settings.posDiscountEnabled
        pauseReason = settings.pauseReason
        alpinePolicy = settings.alpinePolicy.rawValue
        discrepancyPercent = String(settings.discrepancyPercent)
        lagHours = String(settings.lagHours)
        syncEveryMinutes = String(settings.syncEveryMinutes)
        adjustLimit = String(settings.adjustLimit)
    }

    public var values: [String: String] {
        [
            "paused": paused ? "1" : "", "hide_bar_when_paused": hideBarWhenPaused ? "1" : "",
            "gamification_enabled": gamificationEnabled ? "1" : "", "campaigns_enabled": campaignsEnabled ? "1" : "",
            "outbound_enabled": outboundEnabled ? "1" : "", "pos_discount_enabled": posDiscountEnabled ? "1" : "",
            "pause_reason": pauseReason, "alpine_policy": alpinePolicy, "discrepancy_percent": discrepancyPercent,
            "lag_hours": lagHours, "sync_every_minutes": syncEveryMinutes, "adjust_limit": adjustLimit,
        ]
    }

    public func validated(
        replacing current: ProgramSettings, newID: () -> UInt128
    ) throws(FormProblems) -> ProgramSettings {
        var problems = refused
        var settings = current
        settings.paused = paused
        settings.hideBarWhenPaused = hideBarWhenPaused
        settings.gamificationEnabled = gamificationEnabled
        settings.campaignsEnabled = campaignsEnabled
        settings.outboundEnabled = outboundEnabled
        settings.posDiscountEnabled = posDiscountEnabled
        settings.pauseReason = pauseReason.cleaned
        settings.alpinePolicy = problems.choice(alpinePolicy, "alpine_policy", orElse: .override)
        settings.discrepancyPercent = problems.whole(
            discrepancyPercent, "discrepancy_percent", "Enter a percentage from 1 to 100.")
        settings.lagHours = problems.whole(lagHours, "lag_hours", "Enter hours from 0 to 168.")
        settings.syncEveryMinutes = problems.whole(
            syncEveryMinutes, "sync_every_minutes", "Enter minutes from 5 to 1440.")
        settings.adjustLimit = problems.whole(adjustLimit, "adjust_limit", "Enter points from 0 to 10000000.")
        problems.add(settings.problems)
        return try problems.checked(settings)
    }
}
