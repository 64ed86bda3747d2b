import FastCGI
import LoyaltyRules

/// A step of verifying equity, as typed.
struct EquityForm: Sendable {
    var status = ""
    var documentKind = ""
    var documentReference = ""
    var expiresOn = ""
    var reason = ""
    private var refused = FormProblems()

    /// The form for the next step, with what the application named already.
    init(after record: EquityRecord?, today: Day) {
        let now = record?.status(on: today) ?? .none
        // One step only is no choice.
        if now.stepsByHand.count == 1 { status = now.stepsByHand[0].rawValue }
        guard now == .pending, let record else { return }
        documentKind = record.documentKind ?? ""
        documentReference = record.documentReference ?? ""
        expiresOn = record.expiresOn?.description ?? ""
    }

    init(from fields: FormFields) {
        var reader = FormReader(fields)
        status = reader.text("status")
        documentKind = reader.text("document_kind")
        documentReference = reader.text("document_reference")
        expiresOn = reader.text("expires_on")
        reason = reader.text("reason")
        refused = reader.problems
    }

    /// The step to record after `current`.
    func validated(after current: EquityStatus, today: Day, at now: Instant) throws(FormProblems) -> EquityRecord {
        var problems = refused
        let step = EquityStatus(rawValue: status) ?? .none
        if step == .none || step == .expired {
            problems.add("status", "Choose one of the steps.")
        } else if !current.mayBecome(step) {
            problems.add("status", "It is “\(current.words)” now: “\(step.words)” cannot come next.")
        }
        var record = EquityRecord(status: step, recordedAt: now)
        if step == .pending || step == .verified {
            let least = step == .verified ? 1 : 0
            let kind = problems.line(
                documentKind, "document_kind", least...60, "Say what was shown, in 1 to 60 characters.")
            let reference = problems.line(
                documentReference, "document_reference", least...100, "Give its number, in 1 to 100 characters.")
            record.documentKind = kind.isEmpty ? nil : kind
            record.documentReference = reference.isEmpty ? nil : reference
            record.expiresOn = problems.comingDay(expiresOn, "expires_on", today: today)
        }
        let isReasonNeeded = step == .rejected || step == .revoked
        record.reason = problems.line(
            reason, "reason", (isReasonNeeded ? 1 : 0)...200,
            isReasonNeeded ? "Say why, in 1 to 200 characters." : "At most 200 characters.")
        return try problems.checked(record)
    }
}
