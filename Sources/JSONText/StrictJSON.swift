/// What our own API takes as JSON. Two readers of one text must never see two values, so what they would repair or
/// choose between is refused.
extension JSONDocument {
    /// Why a text is refused.
    public enum Defect: Error, Equatable, Sendable {
        /// It is not UTF-8, or names half a surrogate pair.
        case encoding
        /// It is no JSON, or ends too early.
        case malformed
        /// It nests deeper than asked for.
        case tooDeep
        /// An object names a member twice.
        case repeatedName(String)
    }

    /// Takes a text apart that is UTF-8 without a byte order mark, JSON by the letter, nested at most `depth` deep, and
    /// names each member of an object once.
    public static func strict(_ bytes: [UInt8], depth: Int) throws(Defect) -> JSONDocument {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw .encoding }
        guard !bytes.starts(with: [0xEF, 0xBB, 0xBF]) else { throw .malformed }
        let document: JSONDocument
        do throws(Fault) {
            document = try JSONDocument(bytes, depth: depth)
        } catch {
            throw isTooDeep(bytes, depth) ? .tooDeep : .malformed
        }
        for index in document.nodes.indices { try document.check(Int32(index)) }
        return document
    }

    /// Whether the text would be read if it might nest deeper.
    private static func isTooDeep(_ bytes: [UInt8], _ depth: Int) -> Bool {
        do throws(Fault) {
            _ = try JSONDocument(bytes, depth: depthMax)
            return true
        } catch {
            // Beyond any depth that is read: brackets alone tell.
            return bytes.prefix { [0x5B, 0x7B, 0x20, 0x0A, 0x0D, 0x09].contains($0) }.count > depthMax
        }
    }

    private func check(_ index: Int32) throws(Defect) {
        let value = JSONValue(document: self, index: index)
        if nodes[Int(index)].hasEscapes, hasLoneSurrogate(nodes[Int(index)]) { throw .encoding }
        guard let members = value.members else { return }
        var seen: Set<[UInt8]> = []
        for member in members where !seen.insert(Array(member.name.utf8)).inserted {
            throw .repeatedName(member.name)
        }
    }

    /// `\ud800` without its other half means no character, and would be read as U+FFFD.
    private func hasLoneSurrogate(_ node: Node) -> Bool {
        let raw = bytes[Int(node.start)..<Int(node.end)]
        var awaitsLow = false
        var at = raw.startIndex
        while at < raw.endIndex {
            let isEscape = raw[at] == UInt8(ascii: "\\")
            let isUnit = isEscape && raw[at + 1] == UInt8(ascii: "u")
            let unit = isUnit ? raw[(at + 2)..<(at + 6)].reduce(UInt16(0)) { $0 << 4 | UInt16(hexValue($1) ?? 0) } : 0
            if awaitsLow != UTF16.isTrailSurrogate(unit) { return true }
            awaitsLow = UTF16.isLeadSurrogate(unit)
            at += isUnit ? 6 : isEscape ? 2 : 1
        }
        return awaitsLow
    }
}
