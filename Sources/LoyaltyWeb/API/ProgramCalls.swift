import FastCGI
import HTTPTypes
import LoyaltyRules
import LoyaltyStore
import Secrets

extension Site {
    /// `GET /api/v1/me`: whose key this is, what it may do, and what time it is here.
    func showMe(_ visit: KeyVisit) throws -> Response {
        let tenant = try store.tenant(id: visit.key.tenant)
        let settings = try shared.settings.settings(of: tenant, in: store)
        let scopes = visit.key.scopes.map(\.description).sorted()
        return .json(
            OrderedJSON.object([
                (
                    "tenant",
                    .object([
                        ("slug", .text(tenant.slug)), ("name", .text(settings.business.name)),
                        ("timeZone", .text(settings.business.timeZone)),
                    ])
                ),
                ("key", .object([("id", .text(visit.key.id)), ("name", .text(visit.key.name))])),
                ("scopes", .array(scopes.map(OrderedJSON.text))), ("programStatus", programStatus(settings)),
                // Deadlines are the database's, so its clock is the one to compare with.
                ("serverTime", .text("\(try store.databaseTime())")),
            ]).bytes)
    }

    /// `GET /api/v1/program`: the terms, with a tag that changes when they do.
    func showProgramTerms(_ visit: KeyVisit) throws -> Response {
        let bytes = programJSON(try settings(of: visit)).bytes
        let tag = "\"\(SHA256.hex(bytes).prefix(32))\""
        let isCurrent = matches(visit.request.headers[.ifNoneMatch], tag)
        var response = isCurrent ? Response(status: .notModified) : .json(bytes)
        response.setHeader(.eTag, tag)
        response.setHeader(.cacheControl, "private, no-cache")
        return response
    }
}

/// The terms of a program. The equity multiplier is not named here, so it cannot come out.
func programJSON(_ settings: Settings) -> OrderedJSON {
    .object([
        ("programStatus", programStatus(settings)), ("settingsVersion", .integer(settings.version)),
        ("pointsPerDollar", .number(settings.points.pointsPerDollar.text)),
        ("tiers", .array(settings.tiers.tiers.map(tierTermsJSON))),
        ("rewards", .array(settings.redemptions.rewards.map(rewardTermsJSON))),
        (
            "limits",
            .object([
                ("partialRedemption", .bool(settings.redemptions.partialRedemption)),
                ("maxOrderPercent", .integer(settings.redemptions.maxOrderPercent)),
                ("minimumOrderCents", .integer(settings.redemptions.minimumOrder.rawValue)),
                ("holdMinutes", .integer(settings.redemptions.holdMinutes)),
            ])
        ),
    ])
}

private func programStatus(_ settings: Settings) -> OrderedJSON { .text(settings.program.paused ? "paused" : "active") }

private func tierTermsJSON(_ tier: Tier) -> OrderedJSON {
    .object([
        ("id", .text("\(tier.id)")), ("name", .text(tier.name)), ("thresholdCents", .integer(tier.threshold.rawValue)),
        ("earnMultiplier", .number(tier.earnMultiplier.text)),
        ("benefits", .array(tier.shownBenefits.map(OrderedJSON.text))),
    ])
}

private func rewardTermsJSON(_ reward: Reward) -> OrderedJSON {
    .object([
        ("id", .text("\(reward.id)")), ("pointsCost", .integer(reward.pointsCost)),
        ("valueCents", .integer(reward.value.rawValue)), ("description", .text(reward.description)),
    ])
}
