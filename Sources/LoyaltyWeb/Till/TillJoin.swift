import FastCGI
import HTTPTypes
import LoyaltyRules
import LoyaltyStore
import Secrets

/// Somebody who joins at the till, as typed.
struct TillJoinForm: Sendable {
    var firstName = ""
    var phone = ""
    var birthDate = ""
    var allowsTexts = false
    var total = ""
    /// Made when the form is rendered: pressed twice, one member.
    var requestKey: String
    private var refused = FormProblems()

    /// What the box says, kept with the consent.
    static let wording = "Agrees to text messages about points and offers"

    /// An empty form, with what was searched for in its place.
    init(search: CustomerSearch) {
        requestKey = RandomBytes.token()
        if let phone = search.phone { self.phone = phone.formatted }
        firstName = search.nameParts.first ?? ""
    }

    init(from fields: FormFields) {
        var reader = FormReader(fields)
        firstName = reader.text("first_name")
        phone = reader.text("phone")
        birthDate = reader.text("birth_date")
        allowsTexts = reader.isOn("consent_sms")
        total = reader.text("total")
        requestKey = reader.text("request_key")
        refused = reader.problems
    }

    func validated(
        by visit: Visit, today: Day
    ) throws(FormProblems) -> (joining: JoiningCustomer, key: IdempotencyKey) {
        var problems = refused
        let name = problems.line(firstName, "first_name", 1...100, "Enter the first name, at most 100 characters.")
        let phone = Phone(self.phone.cleaned)
        if phone == nil { problems.add("phone", "Enter a phone number with its area code.") }
        let born = problems.birthDay(birthDate, today: today)
        let consent = ConsentStatement(
            isGiven: allowsTexts ? [.sms: true] : [:], place: "Till", wording: allowsTexts ? Self.wording : nil,
            user: visit.user, requestID: visit.request.id)
        let key = problems.tillKey(
            requestKey, for: "join", [name, phone?.e164 ?? "", born.map { "\($0)" } ?? "", "\(allowsTexts)"])
        return try problems.checked(
            (JoiningCustomer(firstName: name, phone: phone, birthDate: born, consent: consent), key))
    }
}

/// The form on the page.
struct TillJoin: Sendable {
    let firstName: Field
    let phone: Field
    let birthDate: Field
    let consent: Field
    let joinTotal: String
    let joinKey: String
    /// Whether the keyboard starts in this form: at what is wrong, or at the name of somebody whose phone was typed.
    let startsHere: Bool
    let problemHeadline: String?
    let problems: [SettingsFrame.Problem]

    init(_ form: TillJoinForm, _ problems: FormProblems = FormProblems(), total: String) {
        var maker = FieldMaker(problems: problems, idPrefix: "join-")
        let wrong = ["first_name", "phone", "birth_date"].first { problems[$0] != nil }
        let start = wrong ?? (form.firstName.isEmpty && !form.phone.isEmpty ? "first_name" : nil)
        startsHere = start != nil
        maker.start = start
        firstName = maker.make("first_name", "First name", form.firstName)
        phone = maker.make("phone", "Phone", form.phone)
        birthDate = maker.make("birth_date", "Birthday", form.birthDate, .date, help: "May be left blank.")
        consent = maker.check("consent_sms", TillJoinForm.wording, form.allowsTexts)
        joinTotal = total
        joinKey = form.requestKey
        self.problems = maker.summary
        problemHeadline = self.problems.isEmpty ? nil : "Nobody joined yet. Look again at:"
    }
}

extension Site {
    /// `POST /till/join`: somebody becomes a member, once.
    func joinAtTill(_ visit: Visit) throws -> Response {
        let form = TillJoinForm(from: visit.form)
        do {
            let now = Instant.now()
            let asked = try form.validated(by: visit, today: visit.settings.business.calendar.day(of: now))
            let result = try onceAtTill(asked.key, visit) { tx in
                let history = try shared.histories.history(in: tx, at: now)
                let (customer, isNew) = try tx.join(
                    asked.joining, under: history,
                    cause: PostingCause(requestID: visit.request.id, user: visit.user), at: now)
                try tx.append(visit.audit(isNew ? "customers.create" : "customers.find", subject: "\(customer)"))
                return (.joined(customer, isNew: isNew), customer)
            }
            return try tillAnswer(result, nil, total: form.total, .join, visit)
        } catch let problems as FormProblems {
            var search = TillPage.Search()
            search.typedTotal = form.total
            return try tillPage(
                .joining(TillJoin(form, problems, total: form.total)), search, visit, status: .unprocessableContent)
        }
    }
}

extension FormProblems {
    /// A birthday that can be somebody's; nil for blank.
    fileprivate mutating func birthDay(_ text: String, today: Day) -> Day? {
        if text.cleaned.isEmpty { return nil }
        guard let day = Day(parsing: text.cleaned), day >= .earliestBirth, day <= today else {
            add("birth_date", "Enter a date between 1900 and today, or leave it blank.")
            return nil
        }
        return day
    }
}
