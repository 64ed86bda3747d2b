// Everything here works on bytes: a Character can hide a CR, an LF or a quote inside a grapheme.

enum ASCII {
    static let nul = UInt8(0)
    static let lineFeed = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")
    static let slash = UInt8(ascii: "/")
    static let hexDigits = Array("0123456789ABCDEF".utf8)

    static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x7F }

    static func isLineBreakOrNul(_ byte: UInt8) -> Bool { byte == carriageReturn || byte == lineFeed || byte == nul }

    /// 0 to 15, or nil for a byte that is no hexadecimal digit.
    static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

/// Where a percent-encoded text stands, for the two places differ in `+` and in what may be encoded.
enum PercentEncodedPlace {
    case path
    case form
}

/// The bytes that `encoded` stands for.
func percentDecoded(_ encoded: ArraySlice<UInt8>, in place: PercentEncodedPlace) throws(BadRequest) -> [UInt8] {
    var decoded: [UInt8] = []
    decoded.reserveCapacity(encoded.count)
    var index = encoded.startIndex
    while index < encoded.endIndex {
        switch (encoded[index], place) {
        case (UInt8(ascii: "%"), _):
            guard encoded.endIndex - index > 2, let high = ASCII.hexValue(encoded[index + 1]),
                let low = ASCII.hexValue(encoded[index + 2])
            else { throw BadRequest(detail: "A percent sign is not followed by two hexadecimal digits.") }
            let byte = high << 4 | low
            // Decoded, it could no longer be told from a separator, so two paths would mean one.
            if place == .path && byte == ASCII.slash { throw BadRequest(detail: "The path has an encoded slash.") }
            decoded.append(byte)
            index += 3
        case (UInt8(ascii: "+"), .form):
            decoded.append(UInt8(ascii: " "))
            index += 1
        case (let byte, _):
            decoded.append(byte)
            index += 1
        }
    }
    return decoded
}

/// `bytes` as text, when they are UTF-8 without a NUL.
func text(_ bytes: [UInt8]) throws(BadRequest) -> String {
    guard !bytes.contains(ASCII.nul) else { throw BadRequest(detail: "The request has a zero byte.") }
    guard let text = String(validating: bytes, as: UTF8.self) else {
        throw BadRequest(detail: "The request is not valid UTF-8.")
    }
    return text
}

extension String {
    /// Byte equality: `==` takes "é" and "e" with a combining accent for the same.
    func hasSameBytes(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
