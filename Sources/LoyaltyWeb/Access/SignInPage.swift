/// The way in.
public struct SignInPage: Page {
    public static let template = "access/sign_in"

    public let title = "Sign in"
    let purpose = "Loyalty program, for the shop's staff."
    let email: String
    let next: String?
    let problem: String?

    /// - Parameters:
    ///   - email: as typed; a password is never shown again.
    ///   - next: the path to go on to, checked by the caller to be one of ours.
    ///   - problem: why the last attempt was refused; the same words for an unknown account and a wrong password.
    public init(email: String = "", next: String? = nil, problem: String? = nil) {
        self.email = email
        self.next = next
        self.problem = problem
    }

    public static let samples = [
        SignInPage(),
        SignInPage(
            email: "owner@shop.example", next: "/dashboard/customers",
            problem: "E-mail or password is wrong. Try again, or ask your admin for a new password."),
    ]
}
