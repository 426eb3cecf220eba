/// `str.format`.
struct BraceFormat {
    let renderer: Renderer
    let arguments: Arguments

    func format(_ text: String) throws -> String {
        var automatic = 0
        return try format(text, depth: 2, &automatic)
    }

    private func format(_ text: String, depth: Int, _ automatic: inout Int) throws -> String {
        guard depth > 0 else { throw Fault(.value, "Max string recursion exceeded") }
        var formatted = ""
        var literal = String.UnicodeScalarView()
        var rest = text.unicodeScalars[...]
        try renderer.spend(bytes: text.utf8.count, weight: 2)
        while let scalar = rest.popFirst() {
            if scalar == "{" || scalar == "}", rest.first == scalar {
                literal.append(scalar)
                rest.removeFirst()
            } else if scalar == "{" {
                formatted += String(literal)
                literal = String.UnicodeScalarView()
                let field = try field(&rest)
                // Reading a field takes longer than its text.
                try renderer.spend(steps: 32)
                try renderer.append(try replacement(field, depth: depth, &automatic), to: &formatted)
            } else if scalar == "}" {
                throw Fault(.value, "Single '}' encountered in format string")
            } else {
                literal.append(scalar)
            }
        }
        try renderer.append(String(literal), to: &formatted)
        return formatted
    }

    /// What stands up to the closing brace; braces may nest in it.
    private func field(_ rest: inout Substring.UnicodeScalarView) throws -> String {
        var field = String.UnicodeScalarView()
        var nesting = 1
        while let scalar = rest.popFirst() {
            if scalar == "{" { nesting += 1 }
            if scalar == "}" { nesting -= 1 }
            if nesting == 0 { return String(field) }
            field.append(scalar)
        }
        throw Fault(.value, "expected '}' before end of string")
    }

    private func replacement(_ field: String, depth: Int, _ automatic: inout Int) throws -> String {
        let parts = field.unicodeScalars.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        var name = String(parts[0])
        var conversion: String?
        if let mark = name.unicodeScalars.lastIndex(of: "!") {
            conversion = String(name.unicodeScalars[mark...].dropFirst())
            name = String(name.unicodeScalars[..<mark])
        }
        var value = try self.value(named: name, &automatic)
        switch conversion {
        case nil: break
        case "s": value = .string(try renderer.string(value))
        case "r", "a": value = .string(try renderer.representation(value))
        default: throw Fault(.value, "Unknown conversion specifier \(conversion ?? "")")
        }
        let specification = parts.count > 1 ? try format(String(parts[1]), depth: depth - 1, &automatic) : ""
        return try FormatSpecification(parsing: specification).format(value, renderer)
    }

    /// A position, a keyword or nothing, then `.attribute` and `[item]` in any number.
    private func value(named name: String, _ automatic: inout Int) throws -> Value {
        var rest = name.unicodeScalars[...]
        let first = String(rest.prefix { $0 != "." && $0 != "[" })
        rest = rest.dropFirst(first.unicodeScalars.count)
        var value: Value
        if let index = first.isEmpty ? automatic : Int(first) {
            guard arguments.positional.indices.contains(index) else {
                throw Fault(.index, "Replacement index \(index) out of range for positional args tuple")
            }
            value = arguments.positional[index]
            if first.isEmpty { automatic += 1 }
        } else {
            try renderer.spend(elements: arguments.keywords.count)
            guard let given = arguments.keywords.first(where: { $0.name == first }) else {
                throw Fault(.key, PythonText.quoted(first))
            }
            value = given.value
        }
        while let mark = rest.popFirst() {
            try renderer.step()
            if mark == "." {
                let attribute = String(rest.prefix { $0 != "." && $0 != "[" })
                rest = rest.dropFirst(attribute.unicodeScalars.count)
                value = try renderer.attribute(attribute, of: value)
            } else {
                let index = String(rest.prefix { $0 != "]" })
                rest = rest.dropFirst(index.unicodeScalars.count + 1)
                value = try renderer.item(Int(index).map(Value.int) ?? .string(index), of: value)
            }
        }
        return value
    }
}
