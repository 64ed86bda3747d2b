import Foundation
import LoyaltyRules
import MariaDB

extension TenantQueries {
    /// The number that rises with every save: one row answers "has anything changed".
    public func settingsVersion() throws -> Int64 {
        try connection.one("SELECT settings_version FROM tenants WHERE id = \(tenant)") {
            try $0.get("settings_version")
        }
    }

    /// The settings as saved last.
    public func settings() throws -> Settings {
        // The time as well: a number that was taken back by a rollback comes again with other content.
        let newest = try connection.one(
            """
            SELECT version, saved_at FROM loyalty_settings
             WHERE tenant_id = \(tenant) ORDER BY version DESC LIMIT 1
            """
        ) { ParsedSettings.Mark(version: try $0.get("version"), savedAt: try $0.get("saved_at")) }
        if let known = parsedSettings.settings(of: tenant, at: newest) { return known }
        let read = try readSettings()
        if read.version == newest.version { parsedSettings.keep(read, of: tenant, at: newest) }
        return read
    }

    private func readSettings() throws -> Settings {
        let rows = try connection.all(
            """
            SELECT version, tab, content FROM loyalty_settings AS newest
             WHERE tenant_id = \(tenant) AND version =
               (SELECT MAX(version) FROM loyalty_settings WHERE tenant_id = \(tenant) AND tab = newest.tab)
            """)
        var builder = SettingsBuilder()
        for row in rows { try builder.apply(row) }
        return try builder.settings()
    }

    /// Every version, so that an order can earn under the one in force at its completion.
    public func settingsHistory(asOf now: Instant) throws -> SettingsHistory {
        var builder = SettingsBuilder()
        var versions: [SettingsHistory.Version] = []
        // A tenant saves a few times a week: ten years are some thousand small rows.
        let rows = try connection.all(
            """
            SELECT version, tab, content, saved_at FROM loyalty_settings
             WHERE tenant_id = \(tenant) ORDER BY version LIMIT 100000
            """)
        for (index, row) in rows.enumerated() {
            try builder.apply(row)
            let isLastOfVersion =
                try index == rows.count - 1 || rows[index + 1].get("version", as: Int64.self) != builder.version
            if isLastOfVersion {
                versions.append(.init(savedAt: try row.get("saved_at"), settings: try builder.settings()))
            }
        }
        let first = try connection.one("SELECT first_posting_at FROM tenants WHERE id = \(tenant)") {
            try $0.get("first_posting_at", as: Instant?.self)
        }
        return SettingsHistory(versions: versions, firstPostingAt: first ?? now)
    }

    /// As above, or `kept` if that is still all there is: nothing was saved since, and the first posting is in it.
    public func settingsHistory(asOf now: Instant, unlessChanged kept: SettingsHistory?) throws -> SettingsHistory {
        guard let kept else { return try settingsHistory(asOf: now) }
        let present = try connection.one("SELECT settings_version, first_posting_at FROM tenants WHERE id = \(tenant)")
        {
            row in
            (
                version: try row.get("settings_version", as: Int64.self),
                firstPostingAt: try row.get("first_posting_at", as: Instant?.self)
            )
        }
        let isCurrent = present.version == kept.current.version && present.firstPostingAt == kept.firstPostingAt
        return isCurrent ? kept : try settingsHistory(asOf: now)
    }

    /// Who saved `tab` last, and when.
    public func lastSave(of tab: SettingsTab) throws -> SettingsSave {
        try connection.one(
            """
            SELECT version, saved_at, email FROM loyalty_settings LEFT JOIN users ON users.id = saved_by
             WHERE tenant_id = \(tenant) AND tab = \(tab) ORDER BY version DESC LIMIT 1
            """
        ) { row in
            SettingsSave(
                version: try row.get("version"), savedAt: try row.get("saved_at"), savedBy: try row.get("email"))
        }
    }
}

/// One save of a tab.
public struct SettingsSave: Equatable, Sendable {
    /// Its version.
    public let version: Int64
    /// When.
    public let savedAt: Instant
    /// The e-mail of who did; nil for the system.
    public let savedBy: String?
}

/// A save that came too late: somebody saved the same tab after the form was shown.
public struct SettingsConflict: Error, Equatable, Sendable {
    /// The save in between.
    public let newer: SettingsSave
}

extension TenantStore {
    /// Saves one tab as a new version, if the tab is still at `version`. A save that tiers or segments depend on queues
    /// their recalculation with it.
    ///
    /// - Parameter audit: written with the save; not when nothing differs.
    /// - Returns: the new version, or the present one when nothing differs.
    /// - Throws: `SettingsConflict` when somebody saved the tab in between; `Refusal.conflict` for a tier removed that
    ///   somebody holds by hand.
    @discardableResult
    public func save<Tab: SettingsTabValue>(
        _ value: Tab, ifVersion version: Int64, by user: UserID?, requestID: String?,
        audit: AuditRecord? = nil
    ) throws -> Int64 {
        precondition(value.problems.isEmpty, "a form is validated before it is saved")
        return try transaction { tx in
            let current: Int64 = try tx.connection.one(
                "SELECT settings_version FROM tenants WHERE id = \(tenant) FOR UPDATE"
            ) { try $0.get("settings_version") }
            let last = try tx.lastSave(of: Tab.tab)
            guard last.version == version else { throw SettingsConflict(newer: last) }
            let content = try SettingsBuilder.encode(value)
            let present: String = try tx.connection.one(
                """
                SELECT content FROM loyalty_settings
                 WHERE tenant_id = \(tenant) AND version = \(version) AND tab = \(Tab.tab)
                """
            ) { try $0.get("content") }
            if content == present { return current }
            if let tiers = value as? TierSettings { try tx.requireNoPins(outside: tiers) }
            try tx.insertSettings(
                Tab.tab, content: content, version: current + 1, by: user, at: .now(), requestID: requestID)
            if let tiers = value as? TierSettings { try tx.register(tiers.tiers) }
            try tx.recalculate(after: value, replacing: present, trigger: user == nil ? .cli : .user)
            if let audit { try tx.append(audit) }
            return current + 1
        }
    }
}

extension TenantTransaction {
    /// The settings as they are, and stay until this transaction has ended: the recalculation that follows a save sees
    /// whom it makes a member.
    func settingsHeld(_ known: Settings) throws -> Settings {
        let version: Int64 = try connection.one(
            "SELECT settings_version FROM tenants WHERE id = \(tenant) LOCK IN SHARE MODE"
        ) { try $0.get("settings_version") }
        return version == known.version ? known : try settings()
    }

    func insertFirstSettings(_ settings: Settings, at now: Instant) throws {
        let tabs: [(SettingsTab, String)] = [
            (.points, try SettingsBuilder.encode(settings.points)),
            (.tiers, try SettingsBuilder.encode(settings.tiers)),
            (.segments, try SettingsBuilder.encode(settings.segments)),
            (.redemptions, try SettingsBuilder.encode(settings.redemptions)),
            (.menuDisplay, try SettingsBuilder.encode(settings.menuDisplay)),
            (.business, try SettingsBuilder.encode(settings.business)),
            (.program, try SettingsBuilder.encode(settings.program)),
        ]
        for (tab, content) in tabs {
            try insertSettings(tab, content: content, version: 1, by: nil, at: now, requestID: nil)
        }
        try register(settings.tiers.tiers)
        try noteStandings(asOf: settings.business.calendar.day(of: now))
    }

    fileprivate func insertSettings(
        _ tab: SettingsTab, content: String, version: Int64, by user: UserID?, at now: Instant, requestID: String?
    ) throws {
        try connection.execute(
            """
            INSERT INTO loyalty_settings (tenant_id, version, tab, content, saved_at, saved_by, request_id)
            VALUES (\(tenant), \(version), \(tab), \(content), \(now), \(user), \(requestID.map { Array($0.utf8) }))
            """)
        try connection.execute("UPDATE tenants SET settings_version = \(version) WHERE id = \(tenant)")
    }

    /// Queues a recalculation when tiers or segments depend on the tab: by the time zone also on which day it is. Where the
    /// window of qualifying spend moves, no sum stays what it was.
    fileprivate func recalculate(
        after value: some SettingsTabValue, replacing present: String, trigger: RunTrigger
    ) throws {
        func before<Tab: SettingsTabValue>(_: Tab) throws -> Tab {
            try JSONDecoder().decode(Tab.self, from: Data(present.utf8))
        }
        switch value {
        case let tiers as TierSettings:
            if try before(tiers).qualifyingWindow != tiers.qualifyingWindow { try forgetStandings() }
        case is SegmentSettings: break
        case let business as BusinessSettings:
            if try before(business).timeZone == business.timeZone { return }
            try forgetStandings()
        default: return
        }
        try queueRecalculation(trigger: trigger)
    }

    /// Makes the tiers known, so that customers can hold them.
    fileprivate func register(_ tiers: [Tier]) throws {
        for tier in tiers {
            try connection.execute(
                """
                INSERT INTO tiers (tenant_id, id, name) VALUES (\(tenant), \(tier.id), \(tier.name))
                ON DUPLICATE KEY UPDATE name = VALUES(name)
                """)
        }
    }
}

/// Puts tabs together, oldest first.
private struct SettingsBuilder {
    private(set) var version: Int64 = 0
    private var tabVersions: [SettingsTab: Int64] = [:]
    private var contents: [SettingsTab: any SettingsTabValue] = [:]

    static func encode(_ value: some SettingsTabValue) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    mutating func apply(_ row: Row) throws {
        let tab: SettingsTab = try row.get("tab")
        let content = Data(try row.get("content", as: [UInt8].self))
        let rowVersion: Int64 = try row.get("version")
        version = max(version, rowVersion)
        tabVersions[tab] = rowVersion
        let decoder = JSONDecoder()
        contents[tab] =
            switch tab {
            case .points: try decoder.decode(PointsSettings.self, from: content)
            case .tiers: try decoder.decode(TierSettings.self, from: content)
            case .segments: try decoder.decode(SegmentSettings.self, from: content)
            case .redemptions: try decoder.decode(RedemptionSettings.self, from: content)
            case .menuDisplay: try decoder.decode(MenuDisplaySettings.self, from: content)
            case .business: try decoder.decode(BusinessSettings.self, from: content)
            case .program: try decoder.decode(ProgramSettings.self, from: content)
            }
    }

    func settings() throws -> Settings {
        Settings(
            version: version, tabVersions: tabVersions, points: try tab(), tiers: try tab(), segments: try tab(),
            redemptions: try tab(), menuDisplay: try tab(), business: try tab(), program: try tab())
    }

    private func tab<Tab: SettingsTabValue>() throws -> Tab {
        guard let value = contents[Tab.tab] as? Tab else { throw MissingSettings(tab: Tab.tab) }
        return value
    }
}

/// A tenant without a row for a tab: a defect, since a tenant is made with all of them.
struct MissingSettings: Error, CustomStringConvertible {
    let tab: SettingsTab
    var description: String { "The \(tab.rawValue) settings are missing." }
}
