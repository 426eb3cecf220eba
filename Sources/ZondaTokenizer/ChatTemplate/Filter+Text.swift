import OrderedCollections

extension Filter {
    static let textFilters: [String: Filter] = [
        "upper": mapped("upper", PythonText.uppercased),
        "lower": mapped("lower", PythonText.lowercased),
        "capitalize": mapped("capitalize", PythonText.capitalized),
        "title": mapped("title", title),
        "trim": Filter("trim", ["chars"]) { value, arguments, renderer in
            let characters = try Arguments.text(arguments[0], of: "trim")
            return try mapText(value, renderer) { text in
                try renderer.spend(bytes: text.utf8.count)
                try renderer.spend(bytes: characters?.utf8.count ?? 0, weight: 4)
                return PythonText.stripped(text, of: characters)
            }
        },
        "string": Filter("string") { value, _, renderer in try mapText(value, renderer) { $0 } },
        "safe": Filter("safe") { value, _, renderer in .markup(try renderer.string(value)) },
        "escape": escape,
        "e": escape,
        "forceescape": Filter("forceescape") { value, _, renderer in
            .markup(try escaped(try renderer.string(value), renderer))
        },
        "striptags": Filter("striptags") { value, _, renderer in
            .string(try HTML.stripped(try renderer.string(value), renderer))
        },
        "replace": Filter("replace", ["old", "new", "count"], required: 2) { value, arguments, renderer in
            let count = try integer(arguments[2].flatMap { $0.isNone ? nil : $0 }, -1)
            return .string(
                try PythonText.replacing(
                    renderer.string(arguments[0] ?? .none), with: renderer.string(arguments[1] ?? .none),
                    in: renderer.string(value), limit: count < 0 ? .max : count, renderer))
        },
        "format": Filter(open: { value, arguments, renderer in
            guard arguments.positional.isEmpty || arguments.keywords.isEmpty else {
                throw Fault(
                    .filterArgument, "can't handle positional and keyword arguments at the same time")
            }
            let values =
                arguments.keywords.isEmpty
                ? try Value.tuple(arguments.positional)
                : .dictionary(
                    try Entries(
                        .init(uniqueKeysWithValues: arguments.keywords.map { (Key(unchecked: .string($0)), $1) })))
            return try mapText(value, renderer) { try PercentFormat(renderer: renderer).format($0, with: values) }
        }),
        "tojson": Filter(
            "tojson", ["ensure_ascii", "indent", "separators", "sort_keys"]
        ) { value, arguments, renderer in
            var writer = JSONWriter(renderer: renderer)
            writer.escapesNonASCII = flag(arguments[0])
            writer.sortsKeys = flag(arguments[3])
            if let indent = arguments[1], !indent.isNone {
                writer.itemSeparator = ","
                if let text = indent.text {
                    writer.indent = text
                } else {
                    let count = max(0, try integer(indent, 0))
                    try renderer.spend(bytes: count)
                    writer.indent = String(repeating: " ", count: count)
                }
            }
            if let separators = arguments[2], !separators.isNone {
                let pair = try renderer.elements(of: separators).map { try renderer.string($0) }
                guard pair.count == 2 else { throw Fault(.value, "separators must be two: (item, key)") }
                (writer.itemSeparator, writer.keySeparator) = (pair[0], pair[1])
            }
            try writer.write(value)
            return .string(writer.text)
        },
        "pprint": Filter("pprint") { value, _, renderer in .string(try renderer.representation(value)) },
        "urlencode": Filter("urlencode") { value, _, renderer in
            var pairs: [Value]?
            if case .dictionary(let entries) = value {
                try renderer.spend(elements: entries.values.count)
                pairs = try entries.values.map { try .tuple([$0.key.value, $0.value]) }
            } else if value.text == nil, ValueTest.isIterable(value) {
                pairs = try renderer.elements(of: value)
            }
            guard let pairs else { return .string(try quoted(try renderer.string(value), keeping: "/", renderer)) }
            return .string(
                try pairs.map { pair in
                    try renderer.elements(of: pair).map { part in
                        let text = try quoted(try renderer.string(part), keeping: " ", renderer)
                        return try PythonText.replacing(" ", with: "+", in: text, renderer)
                    }.joined(separator: "=")
                }.joined(separator: "&"))
        },
        "wordcount": Filter("wordcount") { value, _, renderer in
            let text = try renderer.string(value)
            try renderer.spend(bytes: text.utf8.count, weight: 4)
            return .int(text.unicodeScalars.split { !PythonText.isWordCharacter($0) }.count)
        },
        "xmlattr": Filter("xmlattr", ["autospace"]) { value, arguments, renderer in
            guard case .dictionary(let entries) = value else {
                throw Fault(.type, "'\(value.typeName)' object has no attribute 'items'")
            }
            var parts: [String] = []
            for (key, value) in entries.values where !value.isNone && !value.isUndefined {
                let name = try renderer.string(key.value)
                try renderer.spend(bytes: name.utf8.count, weight: 8)
                guard
                    !name.unicodeScalars.contains(where: { "/>=".unicodeScalars.contains($0) || PythonText.isSpace($0) }
                    )
                else { throw Fault(.value, "Invalid character in attribute name: \(PythonText.quoted(name))") }
                let text = value.text == nil ? Value.string(try renderer.string(value)) : value
                try renderer.spend(bytes: text.text?.utf8.count ?? 0, weight: 5)
                parts.append("\(HTML.escaped(name))=\"\(HTML.escaped(text))\"")
            }
            let text = parts.joined(separator: " ")
            let isSpaced = arguments[0]?.isTrue ?? true
            return .string(isSpaced && !text.isEmpty ? " " + text : text)
        },
    ]

    private static func mapped(_ name: String, _ map: @escaping @Sendable (String) -> String) -> Filter {
        Filter(name) { value, _, renderer in
            try mapText(value, renderer) { text in
                try renderer.spend(bytes: text.utf8.count, weight: 4)
                return map(text)
            }
        }
    }

    private static let escape = Filter("escape") { value, _, renderer in
        if case .markup = value { return value }
        return .markup(try escaped(try renderer.string(value), renderer))
    }

    private static func escaped(_ text: String, _ renderer: Renderer) throws -> String {
        try renderer.spend(bytes: text.utf8.count, weight: 5)
        return HTML.escaped(text)
    }

    /// A capital at the start and after white space, hyphens and opening brackets.
    private static func title(_ text: String) -> String {
        var titled = ""
        var word = String.UnicodeScalarView()
        func flush() {
            guard let first = word.first else { return }
            titled += PythonText.uppercased(String(first)) + PythonText.lowercased(String(word.dropFirst()))
            word = String.UnicodeScalarView()
        }
        for scalar in text.unicodeScalars {
            if "-({[<".unicodeScalars.contains(scalar) || PythonText.isSpace(scalar) {
                flush()
                titled.unicodeScalars.append(scalar)
            } else {
                word.append(scalar)
            }
        }
        flush()
        return titled
    }

    /// Percent-encoded, but for letters, digits, `_.-~` and `kept`.
    private static func quoted(_ text: String, keeping kept: String, _ renderer: Renderer) throws -> String {
        try renderer.spend(bytes: text.utf8.count, weight: 8)
        var quoted = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"),
                UInt8(ascii: "~"):
                quoted.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                if kept.utf8.contains(byte) {
                    quoted.unicodeScalars.append(Unicode.Scalar(byte))
                } else {
                    quoted += "%" + PythonText.hex(UInt32(byte), digits: 2).uppercased()
                }
            }
        }
        return quoted
    }
}
