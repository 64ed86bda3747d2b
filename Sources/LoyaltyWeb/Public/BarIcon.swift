import LoyaltyRules

/// What the bar's icons show. Our own drawings on a grid of 24; the same as in `templates/static/icons.svg`, but inside
/// the markup, for a foreign page cannot use our sprite.
enum BarGlyph: Sendable {
    case shield, graduationCap, star, heart, users, tag, tagline, truck, car, bag

    init(_ icon: ProgramIcon) {
        switch icon {
        case .shield: self = .shield
        case .graduationCap: self = .graduationCap
        case .star: self = .star
        case .heart: self = .heart
        case .users: self = .users
        case .tag: self = .tag
        }
    }

    /// The outline, drawn with a stroke.
    var path: String {
        switch self {
        case .shield: "M12 5l6 2.2v3.9c0 3.8-2.6 6.5-6 7.6-3.4-1.1-6-3.8-6-7.6V7.2z"
        case .graduationCap: "M4 10.5L12 7l8 3.5-8 3.5zM7.5 12.5V16c2.5 2 6.5 2 9 0v-3.5"
        case .star, .tagline: "M12 5l2.1 4.4 4.8.6-3.5 3.3.9 4.7-4.3-2.3L7.7 18l.9-4.7L5.1 10l4.8-.6z"
        case .heart: "M12 18s-6.5-3.8-6.5-8.2A3.6 3.6 0 0 1 12 7.8a3.6 3.6 0 0 1 6.5 2C18.5 14.2 12 18 12 18z"
        case .users:
            "M9.5 11.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z"
                + "M5 18c0-5 9-5 9 0M15 6.8a2.5 2.5 0 0 1 0 4.4M17 14c1.4.7 2 2 2 4"
        case .tag: "M5.5 12V6.5a1 1 0 0 1 1-1H12l6.5 6.5-6.5 6.5zM9 9h.01"
        case .truck: "M4.5 8h8.5v8H4.5zM13 11h3.5l3 2.5V16H13M8 18h.01M16.5 18h.01"
        case .car: "M5 16v-4l2-4.5h10l2 4.5v4zM5 12h14M7.5 18h.01M16.5 18h.01"
        case .bag: "M6.5 9h11l.8 9.5H5.7zM9.5 11V8a2.5 2.5 0 0 1 5 0v3"
        }
    }
}

/// A glyph on a disc of the shop's colour.
struct BarIcon: Sendable {
    let disc: String
    let ink: String
    let path: String

    init(_ glyph: BarGlyph, on color: BarColor) {
        disc = color.fill
        ink = color.ink
        path = glyph.path
    }
}
