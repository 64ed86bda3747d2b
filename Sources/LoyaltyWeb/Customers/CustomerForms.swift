import LoyaltyRules
import LoyaltyStore

/// What somebody may do on a customer's page: one form each, those that the role may use.
struct CustomerForms: Sendable {
    let adjust: AdjustPart?
    let note: NotePart?
    let tier: TierPart?
    let equityForm: EquityPart?
    let problemHeadline: String?
    let problems: [SettingsFrame.Problem]

    struct AdjustPart: Sendable {
        let action: String
        let requestKey: String
        let isOpen: Bool
        let points: Field
        let reason: Field
    }

    struct NotePart: Sendable {
        let action: String
        let isOpen: Bool
        let text: Field
    }

    struct TierPart: Sendable {
        let action: String
        let isOpen: Bool
        let tierID: Field
        let until: Field
        let reason: Field
    }

    struct EquityPart: Sendable {
        let action: String
        let isOpen: Bool
        let status: Field
        let document: DocumentFields?
        let reason: Field
    }

    struct DocumentFields: Sendable {
        let documentKind: Field
        let documentReference: Field
        let expiresOn: Field
    }

    /// The forms for `role`; nil when there is none.
    ///
    /// - Parameter refused: the form that comes back as typed, with what is wrong.
    init?(
        _ customer: CustomerDetail, settings: Settings, role: Role, today: Day,
        refused: (form: RefusedForm, problems: FormProblems)? = nil
    ) {
        guard customer.erasedAt == nil, role.may(.changeCustomers) else { return nil }
        let own = "\(Path.customers)/\(customer.card.id)"
        var summary: [SettingsFrame.Problem] = []
        let limit = role.adjustmentMax(settings)
        adjust =
            limit > 0
            ? Self.adjust(refused?.form.adjust, refused?.problems, action: own, limit: limit, &summary) : nil
        note = Self.note(refused?.form.note, refused?.problems, action: own, &summary)
        tier =
            role.may(.pinTiers)
            ? Self.tier(customer, refused?.form.tier, refused?.problems, settings: settings, action: own, &summary)
            : nil
        equityForm =
            role.may(.verifyEquity)
            ? Self.equity(customer, refused?.form.equity, refused?.problems, today: today, action: own, &summary) : nil
        problems = summary
        problemHeadline =
            switch summary.count {
            case 0: nil
            case 1: "Nothing was saved. One thing needs another look:"
            default: "Nothing was saved. \(summary.count) things need another look:"
            }
    }

    private static func adjust(
        _ typed: AdjustForm?, _ problems: FormProblems?, action: String, limit: Int64,
        _ summary: inout [SettingsFrame.Problem]
    ) -> AdjustPart {
        let form = typed ?? AdjustForm()
        var make = FieldMaker(problems: typed == nil ? .none : problems ?? .none, idPrefix: "adjust-")
        let part = AdjustPart(
            action: action + "/adjust", requestKey: form.requestKey, isOpen: typed != nil,
            points: make.make(
                "points", "Points to add", form.points, .whole, after: "points",
                help: "With a minus to take some away: \(AdjustForm.range(limit))."),
            reason: make.make("reason", "Reason", form.reason, .long, help: "Stands in the ledger for good."))
        summary += make.summary
        return part
    }

    private static func note(
        _ typed: NoteForm?, _ problems: FormProblems?, action: String, _ summary: inout [SettingsFrame.Problem]
    ) -> NotePart {
        var make = FieldMaker(problems: typed == nil ? .none : problems ?? .none, idPrefix: "note-")
        let part = NotePart(
            action: action + "/note", isOpen: typed != nil,
            text: make.make(
                "text", "Note", typed?.text ?? "", .lines(3), help: "Everybody who sees this page reads it."))
        summary += make.summary
        return part
    }

    private static func tier(
        _ customer: CustomerDetail, _ typed: TierPinForm?, _ problems: FormProblems?, settings: Settings,
        action: String, _ summary: inout [SettingsFrame.Problem]
    ) -> TierPart {
        let form = typed ?? TierPinForm(pin: customer.pin)
        var make = FieldMaker(problems: typed == nil ? .none : problems ?? .none, idPrefix: "tier-")
        let choices: [(String, String, String?)] =
            [("", "By spend, as for everybody", nil)] + settings.tiers.tiers.map { ("\($0.id)", $0.name, nil) }
        let part = TierPart(
            action: action + "/tier", isOpen: typed != nil,
            tierID: make.make("tier_id", "Tier", form.tierID, .choice(choices)),
            until: make.make("until", "Last day", form.until, .date, help: "Blank: for good."),
            reason: make.make("reason", "Reason", form.reason, .long))
        summary += make.summary
        return part
    }

    private static func equity(
        _ customer: CustomerDetail, _ typed: EquityForm?, _ problems: FormProblems?, today: Day, action: String,
        _ summary: inout [SettingsFrame.Problem]
    ) -> EquityPart {
        let current = customer.equity?.status(on: today) ?? .none
        let form = typed ?? EquityForm(after: customer.equity, today: today)
        var make = FieldMaker(problems: typed == nil ? .none : problems ?? .none, idPrefix: "equity-")
        let status = make.make(
            "status", "Next step", form.status,
            .choice(current.stepsByHand.map { ($0.rawValue, $0.words, $0.help) }))
        var document: DocumentFields?
        if current != .verified {
            document = DocumentFields(
                documentKind: make.make("document_kind", "Document", form.documentKind, help: "What was shown."),
                documentReference: make.make(
                    "document_reference", "Its number", form.documentReference, help: "The document itself is not kept."
                ),
                expiresOn: make.make("expires_on", "Last day", form.expiresOn, .date, help: "Blank: no end."))
        }
        let reason = make.make(
            "reason", "Reason", form.reason, .long, help: "Needed to reject or revoke.")
        summary += make.summary
        return EquityPart(
            action: action + "/equity", isOpen: typed != nil, status: status, document: document, reason: reason)
    }
}

/// A form that was refused, as typed.
enum RefusedForm: Sendable {
    case adjusting(AdjustForm)
    case noting(NoteForm)
    case pinning(TierPinForm)
    case verifying(EquityForm)

    fileprivate var adjust: AdjustForm? { if case .adjusting(let form) = self { form } else { nil } }
    fileprivate var note: NoteForm? { if case .noting(let form) = self { form } else { nil } }
    fileprivate var tier: TierPinForm? { if case .pinning(let form) = self { form } else { nil } }
    fileprivate var equity: EquityForm? { if case .verifying(let form) = self { form } else { nil } }
}
