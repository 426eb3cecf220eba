import OrderedCollections

/// `tojson`: Python's `json.dumps`.
struct JSONWriter {
    let renderer: Renderer
    var indent: String?
    var itemSeparator = ", "
    var keySeparator = ": "
    var escapesNonASCII = false
    var sortsKeys = false
    private(set) var text = ""
    private var level = 0

    init(renderer: Renderer) {
        self.renderer = renderer
    }

    mutating func write(_ value: Value) throws {
        try renderer.descend()
        defer { renderer.depth -= 1 }
        let before = text.utf8.count
        switch value {
        case .none: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .int(let value): text += String(value)
        case .wide(let integer): text += String(integer.value)
        case .float(let value): text += number(value)
        case .string(let string), .markup(let string): write(string)
        case .list(let elements), .tuple(let elements):
            try write(elements.values, "[", "]") { writer, value throws in try writer.write(value) }
        case .dictionary(let entries):
            try write(try members(entries), "{", "}") { writer, member throws in
                writer.write(member.name)
                writer.text += writer.keySeparator
                try writer.write(member.value)
            }
        case .undefined, .object:
            throw Fault(.type, "Object of type \(value.typeName) is not JSON serializable")
        }
        try renderer.spend(bytes: text.utf8.count - before)
        guard text.utf8.count <= TemplateLimit.text else { throw Fault.limit("bytes of one text", TemplateLimit.text) }
    }

    private func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        return value.isFinite ? PythonNumber.representation(value) : value < 0 ? "-Infinity" : "Infinity"
    }

    private func members(_ entries: Entries) throws -> [(name: String, value: Value)] {
        var pairs = entries.values.map { (key: $0.key.value, value: $0.value) }
        if sortsKeys { pairs = try pairs.sorted { try renderer.isOrdered($0.key, "<", $1.key) } }
        return try pairs.map { key, value in
            switch key {
            case .string(let name), .markup(let name): (name, value)
            case .none: ("null", value)
            case .bool(let flag): (flag ? "true" : "false", value)
            case .int(let integer): (String(integer), value)
            case .wide(let integer): (String(integer.value), value)
            case .float(let float): (number(float), value)
            default:
                throw Fault(.type, "keys must be str, int, float, bool or None, not \(key.typeName)")
            }
        }
    }

    private mutating func write<Element>(
        _ elements: [Element], _ open: String, _ close: String,
        _ writeElement: (inout JSONWriter, Element) throws -> Void
    ) throws {
        text += open
        level += 1
        for (index, element) in elements.enumerated() {
            if index > 0 { text += itemSeparator }
            try newLine()
            try writeElement(&self, element)
        }
        level -= 1
        if !elements.isEmpty { try newLine() }
        text += close
    }

    private mutating func newLine() throws {
        guard let indent else { return }
        try renderer.spend(bytes: indent.utf8.count, times: level)
        text += "\n" + String(repeating: indent, count: level)
    }

    private mutating func write(_ string: String) {
        text += "\""
        if isPlain(string) {
            text += string
        } else {
            var escaped = String.UnicodeScalarView()
            for scalar in string.unicodeScalars { append(scalar, to: &escaped) }
            text += String(escaped)
        }
        text += "\""
    }

    private func isPlain(_ string: String) -> Bool {
        string.utf8.allSatisfy { byte in
            byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
                && (byte < 0x7F || !escapesNonASCII)
        }
    }

    private func append(_ scalar: Unicode.Scalar, to text: inout String.UnicodeScalarView) {
        switch scalar {
        case "\"", "\\": text.append(contentsOf: ["\\", scalar])
        case "\n": text.append(contentsOf: ["\\", "n"])
        case "\r": text.append(contentsOf: ["\\", "r"])
        case "\t": text.append(contentsOf: ["\\", "t"])
        case "\u{08}": text.append(contentsOf: ["\\", "b"])
        case "\u{0C}": text.append(contentsOf: ["\\", "f"])
        default:
            if scalar.value >= 0x20, scalar.value < 0x7F || !escapesNonASCII {
                text.append(scalar)
            } else {
                // Beyond 16 bits: two escapes, a surrogate pair.
                for unit in String(scalar).utf16 {
                    text.append(contentsOf: ("\\u" + PythonText.hex(UInt32(unit), digits: 4)).unicodeScalars)
                }
            }
        }
    }
}
