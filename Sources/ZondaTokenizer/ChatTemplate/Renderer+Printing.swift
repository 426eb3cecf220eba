import OrderedCollections

extension Renderer {
    /// Python's `str`.
    func string(_ value: Value) throws -> String {
        switch value {
        case .string(let text), .markup(let text): return text
        case .undefined: return ""
        case .int(let value): return String(value)
        default: return try representation(value)
        }
    }

    /// Python's `repr`.
    func representation(_ value: Value) throws -> String {
        var text = ""
        try represent(value, into: &text)
        return text
    }

    private func represent(_ value: Value, into text: inout String) throws {
        try descend()
        defer { depth -= 1 }
        switch value {
        case .undefined: text += "Undefined"
        case .none: text += "None"
        case .bool(let value): text += value ? "True" : "False"
        case .int(let value): text += String(value)
        case .wide(let integer):
            try spend(steps: 16)
            text += String(integer.value)
        case .float(let value):
            try spend(steps: 16)
            text += PythonNumber.representation(value)
        case .string(let string):
            try spend(bytes: string.utf8.count, weight: 4)
            text += PythonText.quoted(string)
        case .markup(let string):
            try spend(bytes: string.utf8.count, weight: 4)
            text += "Markup(" + PythonText.quoted(string) + ")"
        case .list(let elements): try represent(elements.values, "[", "]", into: &text)
        case .tuple(let elements):
            try represent(elements.values, "(", elements.values.count == 1 ? ",)" : ")", into: &text)
        case .dictionary(let entries): try represent(entries, into: &text)
        case .object(let view as DictionaryView):
            text += "\(view.typeName)("
            try represent(view.elements(self) ?? [], "[", "]", into: &text)
            text += ")"
        case .object(let namespace as Namespace):
            text += "<Namespace "
            try represent(try Entries(namespace.attributes), into: &text)
            text += ">"
        case .object(let object):
            try spend(bytes: object.length ?? 0, weight: 8)
            text += object.printed
        }
        guard text.utf8.count <= TemplateLimit.text else { throw Fault.limit("bytes of one text", TemplateLimit.text) }
    }

    private func represent(_ values: [Value], _ open: String, _ close: String, into text: inout String) throws {
        text += open
        for (index, value) in values.enumerated() {
            if index > 0 { text += ", " }
            try represent(value, into: &text)
        }
        text += close
    }

    private func represent(_ entries: Entries, into text: inout String) throws {
        text += "{"
        for (index, entry) in entries.values.enumerated() {
            if index > 0 { text += ", " }
            try represent(entry.key.value, into: &text)
            text += ": "
            try represent(entry.value, into: &text)
        }
        text += "}"
    }
}
