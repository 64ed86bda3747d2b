import JSONText
import Testing

struct StrictJSONTests {
    private func defect(_ bytes: [UInt8]) -> JSONDocument.Defect? {
        do throws(JSONDocument.Defect) {
            _ = try JSONDocument.strict(bytes, depth: 16)
            return nil
        } catch {
            return error
        }
    }

    private static func nested(_ depth: Int) -> String {
        String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }

    @Test(
        "what is JSON by the letter is read",
        arguments: [
            #"{"a":1,"b":{"a":2}}"#, #"["\ud83d\ude00","\u00e9","é","\\ud800"]"#, " null ", #"{"":0," ":1}"#,
            nested(16),
            #"{"é":1,"e\u0301":2}"#,
        ])
    func read(text: String) { #expect(defect(Array(text.utf8)) == nil) }

    @Test(
        "what two readers could take differently is refused",
        arguments: [
            (#"{"a":1,"a":1}"#, .repeatedName("a")), (#"[{"x":{"a":1,"\u0061":2}}]"#, .repeatedName("a")),
            (#"["\ud800"]"#, .encoding), (#"["\udc00\ud800"]"#, .encoding), (#"{"\ud83dx":1}"#, .encoding),
            (#"["\ud83d\n\ude00"]"#, .encoding), ("\u{FEFF}{}", .malformed), ("", .malformed), ("{", .malformed),
            ("{} {}", .malformed), (nested(17), .tooDeep), (nested(64), .tooDeep), (nested(65), .tooDeep),
            (nested(10_000), .tooDeep),
        ] as [(String, JSONDocument.Defect)])
    func refused(text: String, expected: JSONDocument.Defect) { #expect(defect(Array(text.utf8)) == expected) }

    @Test("bytes that are not UTF-8 are refused")
    func encoding() {
        for bad: [UInt8] in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xC3]] {
            #expect(defect([0x22] + bad + [0x22]) == .encoding)
        }
    }
}
