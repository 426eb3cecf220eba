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
        switch value {
        case .none: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .int(let value): text += String(value)
        case .wide(let integer):
            try renderer.spend(steps: 16)
            text += String(integer.value)
        case .float(let value):
            try renderer.spend(steps: 16)
            text += number(value)
        case .string(let string), .markup(let string): try write(string)
        case .list(let elements), .tuple(let elements):
            try write(elements.values, "[", "]") { writer, value throws in try writer.write(value) }
        case .dictionary(let entries):
            try write(try members(entries), "{", "}") { writer, member throws in
                try writer.write(member.name)
                writer.text += writer.keySeparator
                try writer.write(member.value)
            }
        case .undefined, .object:
            throw Fault(.type, "Object of type \(value.typeName) is not JSON serializable")
        }
        guard text.utf8.count <= TemplateLimit.text else { throw Fault.limit("bytes of one text", TemplateLimit.text) }
    }

    private func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        return value.isFinite ? PythonNumber.representation(value) : value < 0 ? "-Infinity" : "Infinity"
    }

    private func members(_ entries: Entries) throws -> [(name: String, value: Value)] {
        try renderer.spend(elements: entries.values.count)
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

    private mutating func write(_ string: String) throws {
        try renderer.spend(bytes: string.utf8.count)
        text += "\""
        if isPlain(string) {
            text += string
        } else {
            try renderer.spend(bytes: string.utf8.count, weight: 6)
            for scalar in string.unicodeScalars { append(scalar) }
        }
        text += "\""
    }

    private func isPlain(_ string: String) -> Bool {
        string.utf8.allSatisfy { byte in
            byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
                && (byte < 0x7F || !escapesNonASCII)
        }
    }

    private mutating func append(_ scalar: Unicode.Scalar) {
        switch scalar {
        case "\"": text += "\\\""
        case "\\": text += "\\\\"
        case "\n": text += "\\n"
        case "\r": text += "\\r"
        case "\t": text += "\\t"
        case "\u{08}": text += "\\b"
        case "\u{0C}": text += "\\f"
        default:
            if scalar.value >= 0x20, scalar.value < 0x7F || !escapesNonASCII {
                text.unicodeScalars.append(scalar)
            } else {
                // Beyond 16 bits: two escapes, a surrogate pair.
                for unit in String(scalar).utf16 {
                    text += "\\u" + PythonText.hex(UInt32(unit), digits: 4)
                }
            }
        }
    }
}
