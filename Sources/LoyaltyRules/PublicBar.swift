import Foundation

// rules.md, "Public bar".

extension PointsSettings {
    /// The tagline of a tenant that wrote none: `Earn 1.5 pts per $1 spent — redeem for discounts`.
    public var defaultTagline: String {
        "Earn \(pointsPerDollar.text) \(pointsPerDollar == .one ? "pt" : "pts") per $1 spent — redeem for discounts"
    }
}

extension Reward {
    /// As the bar offers it: `100 pts = $5 off`.
    public var offer: String {
        "\(groupedDigits(pointsCost)) \(pointsCost == 1 ? "pt" : "pts") = \(value.formatted(short: true)) off"
    }
}

extension MenuDisplaySettings {
    /// `$50 min · $10 fee · 20-mi radius`, each part only if set; nil without any.
    public var deliveryLine: String? {
        let parts = [
            deliveryMinimum.map { "\($0.formatted(short: true)) min" },
            deliveryFee.map { $0 == .zero ? "Free delivery" : "\($0.formatted(short: true)) fee" },
            deliveryRadiusTenths.map { "\(DecimalText.format($0, places: 1))-mi radius" },
        ].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: " · ")
    }
}

/// The text colour that keeps its contrast on `color`: black or white, by WCAG 2.2 relative luminance.
///
/// The better of the two always reaches a contrast of 4.5.
public func textColor(on color: String) -> String {
    guard isColor(color) else { return "#000000" }
    let bytes = Array(color.utf8)
    let weighted = zip([1, 3, 5], [0.2126, 0.7152, 0.0722]).map { start, weight in
        let text = String(decoding: bytes[start..<(start + 2)], as: UTF8.self)
        let channel = CGFloat(Int(text, radix: 16) ?? 0) / 255
        return weight * (channel <= 0.04045 ? channel / 12.92 : pow((channel + 0.055) / 1.055, 2.4))
    }
    // Where both have the same contrast: (1.05 / x) = (x / 0.05) for x = luminance + 0.05.
    return weighted.reduce(0, +) > 0.179 ? "#000000" : "#ffffff"
}
