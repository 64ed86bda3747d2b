import JSONText

/// A call as one types it.
struct ApiSample: Sendable {
    /// Of several examples, this one's name; nil for the only one.
    let sampleName: String?
    let curl: String
    let python: String
}

extension ApiDescription.Call {
    /// The call as curl and as Python send it, once for each example of its body.
    func samples(at address: String) -> [ApiSample] {
        let examples = body?.examples ?? []
        guard !examples.isEmpty else { return [sample(named: nil, at: address, body: nil)] }
        return examples.map { name, value in
            sample(named: examples.count > 1 ? Self.words(name) : nil, at: address, body: value)
        }
    }

    private func sample(named name: String?, at address: String, body: JSONValue?) -> ApiSample {
        ApiSample(sampleName: name, curl: curl(at: address, body), python: python(body))
    }

    /// The path with the examples of its parameters, and of the query's.
    private var target: String {
        var path = path
        var query: [String] = []
        for parameter in parameters {
            guard let name = parameter.named("name")?.text, let example = parameter.named("example")?.text else {
                continue
            }
            switch parameter.named("in")?.text {
            case "path":
                path = path.split(separator: "{\(name)}", omittingEmptySubsequences: false).joined(separator: example)
            case "query": query.append(name + "=" + percentEncoded(example))
            default: continue
            }
        }
        return query.isEmpty ? path : path + "?" + query.joined(separator: "&")
    }

    private var needsKey: Bool { parameters.contains { $0.named("name")?.text == "Idempotency-Key" } }

    private func curl(at address: String, _ body: JSONValue?) -> String {
        var lines = ["curl \"\(address)\(target)\"", "-H \"Authorization: Bearer $LOYALTY_KEY\""]
        if needsKey { lines.append("-H \"Idempotency-Key: $(openssl rand -hex 16)\"") }
        if let body {
            let json = SampleText.json.write(body).split(separator: "'", omittingEmptySubsequences: false)
                .joined(separator: #"'\''"#)
            lines.append("-H \"Content-Type: application/json\"")
            lines.append("-d '\(json)'")
        } else if method == "POST" {
            lines.append("-X POST")
        }
        return lines.joined(separator: " \\\n  ")
    }

    private func python(_ body: JSONValue?) -> String {
        let value = body.map { ", " + SampleText.python.write($0) } ?? ""
        return "call(\"\(method)\", \"\(target)\"\(value))"
    }

    /// `newPhone` is `new phone`.
    private static func words(_ name: String) -> String {
        var text = ""
        for scalar in name.unicodeScalars {
            if scalar.properties.isUppercase { text.append(" ") }
            text += scalar.properties.lowercaseMapping
        }
        return text
    }
}

extension ApiDocsPage {
    /// The function that the examples in Python call.
    static func pythonStart(_ address: String) -> String {
        """
        import json, os, urllib.error, urllib.request, uuid

        def call(method, path, body=None):
            request = urllib.request.Request("\(address)" + path, method=method)
            request.add_header("Authorization", "Bearer " + os.environ["LOYALTY_KEY"])
            if method == "POST":
                request.add_header("Idempotency-Key", str(uuid.uuid4()))
                request.add_header("Content-Type", "application/json")
                request.data = b"" if body is None else json.dumps(body).encode()
            try:
                with urllib.request.urlopen(request) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as refused:
                return json.load(refused)
        """
    }
}

/// How a value is written down.
enum SampleText {
    case json
    case python

    /// The value on one line where it fits, else with a line for each member.
    func write(_ value: JSONValue, indent: Int = 0) -> String {
        let flat = flat(value)
        guard flat.utf8.count + indent > 76 else { return flat }
        let inner = String(repeating: " ", count: indent + 2)
        let end = "\n" + String(repeating: " ", count: indent)
        if let members = value.members {
            let lines = members.map { inner + text($0.name) + ": " + write($0.value, indent: indent + 2) }
            return "{\n" + lines.joined(separator: ",\n") + end + "}"
        }
        if let elements = value.elements {
            let lines = elements.map { inner + write($0, indent: indent + 2) }
            return "[\n" + lines.joined(separator: ",\n") + end + "]"
        }
        return flat
    }

    private func flat(_ value: JSONValue) -> String {
        if let members = value.members {
            let parts = members.map { text($0.name) + ": " + flat($0.value) }
            return "{" + parts.joined(separator: ", ") + "}"
        }
        if let elements = value.elements { return "[" + elements.map(flat).joined(separator: ", ") + "]" }
        switch value.kind {
        case .string: return text(value.text ?? "")
        case .true: return self == .json ? "true" : "True"
        case .false: return self == .json ? "false" : "False"
        case .null: return self == .json ? "null" : "None"
        default: return value.text ?? ""
        }
    }

    /// A text is the same in both.
    private func text(_ text: String) -> String { String(decoding: OrderedJSON.text(text).bytes, as: UTF8.self) }
}

/// RFC 3986: everything but letters, digits and `-._~` by its bytes.
private func percentEncoded(_ text: String) -> String {
    var encoded = ""
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            encoded.unicodeScalars.append(Unicode.Scalar(byte))
        default:
            let digits = String(byte, radix: 16, uppercase: true)
            encoded += "%" + (digits.utf8.count == 1 ? "0" : "") + digits
        }
    }
    return encoded
}
