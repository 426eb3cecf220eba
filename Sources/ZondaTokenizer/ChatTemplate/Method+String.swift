import OrderedCollections

extension Method {
    static let stringMethods: [String: Body] = caseMethods.merging(cuttingMethods) { $1 }
        .merging(searchMethods) { $1 }.merging(layoutMethods) { $1 }.merging(questions) { $1 }

    private static func text(_ name: String, _ body: @escaping @Sendable (String) -> String) -> Body {
        { value, arguments, renderer in
            _ = try arguments.bound(to: [], of: name)
            let text = value.text ?? ""
            try renderer.spend(bytes: text.utf8.count, weight: 4)
            return .string(body(text))
        }
    }

    private static let caseMethods: [String: Body] = [
        "upper": text("upper", PythonText.uppercased),
        "lower": text("lower", PythonText.lowercased),
        "title": text("title", PythonText.titled),
        "capitalize": text("capitalize", PythonText.capitalized),
        "swapcase": text("swapcase", PythonText.swappedCase),
        "casefold": text("casefold", PythonText.caseFolded),
    ]

    // MARK: Cutting

    private static let cuttingMethods: [String: Body] = [
        "strip": strip("strip", .both),
        "lstrip": strip("lstrip", .left),
        "rstrip": strip("rstrip", .right),
        "split": { try split($0, $1, $2, fromEnd: false) },
        "rsplit": { try split($0, $1, $2, fromEnd: true) },
        "splitlines": { value, arguments, renderer in
            let keepsEnds = try arguments.bound(to: ["keepends"], of: "splitlines")[0]?.isTrue ?? false
            return try list(PythonText.lines(value.text ?? "", keepsEnds: keepsEnds, renderer))
        },
        "partition": { try partition($0, $1, $2, fromEnd: false) },
        "rpartition": { try partition($0, $1, $2, fromEnd: true) },
        "removeprefix": { value, arguments, renderer in
            let text = value.text ?? ""
            try renderer.spend(bytes: text.utf8.count)
            let prefix = try required(arguments, of: "removeprefix")
            return .string(
                starts(text, with: prefix) ? PythonText.part(text, prefix.utf8.count..<text.utf8.count) : text)
        },
        "removesuffix": { value, arguments, renderer in
            let text = value.text ?? ""
            try renderer.spend(bytes: text.utf8.count)
            let suffix = try required(arguments, of: "removesuffix")
            return .string(
                ends(text, with: suffix) ? PythonText.part(text, 0..<text.utf8.count - suffix.utf8.count) : text)
        },
        "replace": { value, arguments, renderer in
            let bound = try arguments.bound(to: ["old", "new", "count"], required: 2, of: "replace")
            guard let old = try Arguments.text(bound[0], of: "replace"),
                let new = try Arguments.text(bound[1], of: "replace")
            else { throw Fault(.type, "replace() argument must be str, not None") }
            let count = try Arguments.integer(bound[2], of: "replace") ?? -1
            return .string(
                try PythonText.replacing(
                    old, with: new, in: value.text ?? "", limit: count < 0 ? .max : count, renderer))
        },
        "expandtabs": { value, arguments, renderer in
            let size =
                try Arguments.integer(arguments.bound(to: ["tabsize"], of: "expandtabs")[0], of: "expandtabs") ?? 8
            return .string(try expandTabs(value.text ?? "", size, renderer))
        },
    ]

    private static func strip(_ name: String, _ side: PythonText.Side) -> Body {
        { value, arguments, renderer in
            let text = value.text ?? ""
            try renderer.spend(bytes: text.utf8.count)
            let characters = try Arguments.text(arguments.bound(to: ["chars"], of: name)[0], of: name)
            try renderer.spend(bytes: characters?.utf8.count ?? 0, weight: 4)
            return .string(PythonText.stripped(text, of: characters, side: side))
        }
    }

    private static func list(_ parts: [String]) throws -> Value { try .list(parts.map(Value.string)) }

    private static func required(_ arguments: Arguments, of name: String) throws -> String {
        guard let text = try Arguments.text(arguments.bound(to: ["text"], required: 1, of: name)[0], of: name) else {
            throw Fault(.type, "\(name)() argument must be str, not None")
        }
        return text
    }

    private static func split(
        _ value: Value, _ arguments: Arguments, _ renderer: Renderer, fromEnd: Bool
    ) throws -> Value {
        let name = fromEnd ? "rsplit" : "split"
        let text = value.text ?? ""
        let bound = try arguments.bound(to: ["sep", "maxsplit"], of: name)
        let count = try Arguments.integer(bound[1], of: name) ?? -1
        let limit = count < 0 ? Int.max : count
        guard let separator = try Arguments.text(bound[0], of: name) else {
            return try list(
                fromEnd
                    ? PythonText.wordsFromEnd(text, limit: limit, renderer)
                    : PythonText.words(text, limit: limit, renderer))
        }
        guard !separator.isEmpty else { throw Fault(.value, "empty separator") }
        return try list(
            fromEnd
                ? PythonText.splitFromEnd(text, at: separator, limit: limit, renderer)
                : PythonText.split(text, at: separator, limit: limit, renderer))
    }

    private static func partition(
        _ value: Value, _ arguments: Arguments, _ renderer: Renderer, fromEnd: Bool
    ) throws -> Value {
        let text = value.text ?? ""
        let separator = try required(arguments, of: fromEnd ? "rpartition" : "partition")
        guard !separator.isEmpty else { throw Fault(.value, "empty separator") }
        let parts =
            fromEnd
            ? try PythonText.splitFromEnd(text, at: separator, limit: 1, renderer)
            : try PythonText.split(text, at: separator, limit: 1, renderer)
        if parts.count == 2 { return try .tuple([.string(parts[0]), .string(separator), .string(parts[1])]) }
        let whole = [Value.string(text), .emptyString, .emptyString]
        return try .tuple(fromEnd ? whole.reversed() : whole)
    }

    private static func expandTabs(_ text: String, _ size: Int, _ renderer: Renderer) throws -> String {
        var expanded = ""
        var column = 0
        try renderer.spend(bytes: text.utf8.count, weight: 2)
        for scalar in text.unicodeScalars {
            if scalar == "\t" {
                let width = size > 0 ? size - column % size : 0
                try renderer.spend(bytes: width)
                try renderer.append(String(repeating: " ", count: width), to: &expanded)
                column += width
            } else {
                expanded.unicodeScalars.append(scalar)
                column = scalar == "\n" || scalar == "\r" ? 0 : column + 1
            }
        }
        return expanded
    }

    // MARK: Searching

    private static let searchMethods: [String: Body] = [
        "startswith": { value, arguments, renderer in
            try matches(value, arguments, renderer, "startswith") { starts($0, with: $1) }
        },
        "endswith": { value, arguments, renderer in
            try matches(value, arguments, renderer, "endswith") { ends($0, with: $1) }
        },
        "find": { value, arguments, renderer in .int(try find(value, arguments, renderer, "find") ?? -1) },
        "rfind": { value, arguments, renderer in
            .int(try find(value, arguments, renderer, "rfind", fromEnd: true) ?? -1)
        },
        "index": { value, arguments, renderer in
            guard let index = try find(value, arguments, renderer, "index") else {
                throw Fault(.value, "substring not found")
            }
            return .int(index)
        },
        "rindex": { value, arguments, renderer in
            guard let index = try find(value, arguments, renderer, "rindex", fromEnd: true) else {
                throw Fault(.value, "substring not found")
            }
            return .int(index)
        },
        "count": { value, arguments, renderer in
            let (text, part, _) = try searched(value, arguments, renderer, "count")
            return .int(try text.map { try PythonText.occurrences(of: part, in: $0, renderer).count } ?? 0)
        },
    ]

    static func starts(_ text: String, with prefix: String) -> Bool { text.utf8.starts(with: prefix.utf8) }

    static func ends(_ text: String, with suffix: String) -> Bool {
        text.utf8.count >= suffix.utf8.count && text.utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
    }

    private static func matches(
        _ value: Value, _ arguments: Arguments, _ renderer: Renderer, _ name: String,
        _ test: (String, String) -> Bool
    ) throws -> Value {
        let bound = try arguments.bound(to: ["text", "start", "end"], required: 1, of: name)
        var text = value.text ?? ""
        if bound[1] != nil || bound[2] != nil {
            try renderer.spend(bytes: text.utf8.count, weight: 2)
            let range = try TextRange(bound[1], bound[2], count: PythonText.count(text)).range
            text = String(text.unicodeScalars.dropFirst(range.lowerBound).prefix(range.count))
        }
        if case .tuple(let choices)? = bound[0] {
            return .bool(
                try choices.values.contains { choice in
                    guard let choice = choice.text else {
                        throw Fault(.type, "tuple for \(name) must only contain str, not \(choice.typeName)")
                    }
                    try renderer.spend(bytes: choice.utf8.count + TemplateLimit.bytesPerStep)
                    return test(text, choice)
                })
        }
        guard let part = bound[0]?.text else {
            let type = bound[0]?.typeName ?? "NoneType"
            throw Fault(.type, "\(name) first arg must be str or a tuple of str, not \(type)")
        }
        try renderer.spend(bytes: part.utf8.count)
        return .bool(test(text, part))
    }

    /// The text to look in, none when the start is beyond its end; what to look for; and the offset in code points.
    private static func searched(
        _ value: Value, _ arguments: Arguments, _ renderer: Renderer, _ name: String
    ) throws -> (text: String?, part: String, offset: Int) {
        let text = value.text ?? ""
        try renderer.spend(bytes: text.utf8.count)
        let bound = try arguments.bound(to: ["sub", "start", "end"], required: 1, of: name)
        guard let part = try Arguments.text(bound[0], of: name) else {
            throw Fault(.type, "must be str, not NoneType")
        }
        guard bound[1] != nil || bound[2] != nil else { return (text, part, 0) }
        let count = PythonText.count(text)
        let range = try TextRange(bound[1], bound[2], count: count).range
        if let start = try Arguments.integer(bound[1].flatMap { $0.isNone ? nil : $0 }, of: name), start > count {
            return (nil, part, 0)
        }
        let cut = String(text.unicodeScalars.dropFirst(range.lowerBound).prefix(range.count))
        return (cut, part, range.lowerBound)
    }

    private static func find(
        _ value: Value, _ arguments: Arguments, _ renderer: Renderer, _ name: String, fromEnd: Bool = false
    ) throws -> Int? {
        let (text, part, start) = try searched(value, arguments, renderer, name)
        guard let text else { return nil }
        let pieces =
            fromEnd
            ? try PythonText.splitFromEnd(text, at: part, limit: 1, renderer)
            : try PythonText.split(text, at: part, limit: 1, renderer)
        return pieces.count == 2 ? PythonText.count(pieces[0]) + start : nil
    }

    // MARK: Layout

    private static let layoutMethods: [String: Body] = [
        "center": pad("center", PythonText.centered),
        "ljust": pad("ljust") { try PythonText.padded($0, to: $1, with: $2, left: { _ in 0 }, $3) },
        "rjust": pad("rjust") { try PythonText.padded($0, to: $1, with: $2, left: { $0 }, $3) },
        "zfill": { value, arguments, renderer in
            let width = try Arguments.integer(arguments.bound(to: ["width"], required: 1, of: "zfill")[0], of: "zfill")
            let text = value.text ?? ""
            try renderer.spend(bytes: text.utf8.count)
            let sign = text.hasPrefix("-") || text.hasPrefix("+") ? String(text.unicodeScalars.prefix(1)) : ""
            let digits = PythonText.part(text, sign.utf8.count..<text.utf8.count)
            return .string(
                sign
                    + (try PythonText.padded(
                        digits, to: (width ?? 0) - min(sign.utf8.count, max(0, width ?? 0)), with: "0", left: { $0 },
                        renderer)))
        },
        "join": { value, arguments, renderer in
            let values = try renderer.elements(
                of: arguments.bound(to: ["iterable"], required: 1, of: "join")[0] ?? .none)
            let separator = value.text ?? ""
            try renderer.spend(bytes: separator.utf8.count, times: values.count)
            let texts = try values.enumerated().map { index, value throws -> String in
                guard let text = value.text else {
                    throw Fault(.type, "sequence item \(index): expected str instance, \(value.typeName) found")
                }
                try renderer.spend(bytes: text.utf8.count)
                return text
            }
            let joined = texts.joined(separator: separator)
            try renderer.spend(bytes: joined.utf8.count)
            return .string(joined)
        },
        "format": { value, arguments, renderer in
            .string(try BraceFormat(renderer: renderer, arguments: arguments).format(value.text ?? ""))
        },
        "format_map": { value, arguments, renderer in
            guard case .dictionary(let entries)? = arguments.positional.first else {
                throw Fault(.type, "format_map() argument must be a mapping")
            }
            try renderer.spend(elements: entries.values.count)
            let keywords = entries.values.compactMap { entry in entry.key.value.text.map { ($0, entry.value) } }
            return .string(
                try BraceFormat(renderer: renderer, arguments: Arguments(keywords: keywords)).format(value.text ?? ""))
        },
        "encode": { value, arguments, renderer in
            let bound = try arguments.bound(to: ["encoding", "errors"], of: "encode")
            let encoding = try Arguments.text(bound[0], of: "encode") ?? "utf-8"
            guard ["utf-8", "utf8"].contains(encoding.lowercased()) else {
                throw Fault(.limit, "encodings other than utf-8 are not supported: \(encoding)")
            }
            let text = value.text ?? ""
            try renderer.spend(bytes: text.utf8.count)
            return .object(BytesObject(Array(text.utf8)))
        },
    ]

    private static func pad(
        _ name: String, _ padding: @escaping @Sendable (String, Int, Unicode.Scalar, Renderer) throws -> String
    ) -> Body {
        { value, arguments, renderer in
            let bound = try arguments.bound(to: ["width", "fillchar"], required: 1, of: name)
            let fill = try Arguments.text(bound[1], of: name) ?? " "
            guard let scalar = fill.unicodeScalars.first, fill.unicodeScalars.count == 1 else {
                throw Fault(.type, "The fill character must be exactly one character long")
            }
            let width = try Arguments.integer(bound[0], of: name) ?? 0
            return .string(try padding(value.text ?? "", width, scalar, renderer))
        }
    }

    // MARK: Questions

    private static func question(_ test: @escaping @Sendable (String) -> Bool) -> Body {
        { value, _, renderer in
            let text = value.text ?? ""
            try renderer.spend(bytes: text.utf8.count, weight: 4)
            return .bool(test(text))
        }
    }

    private static func all(_ test: @escaping @Sendable (Unicode.Scalar) -> Bool) -> Body {
        question { !$0.isEmpty && $0.unicodeScalars.allSatisfy(test) }
    }

    private static let questions: [String: Body] = [
        "isalpha": all(PythonText.isAlphabetic),
        "isalnum": all(PythonText.isAlphanumeric),
        "isdecimal": all { $0.properties.generalCategory == .decimalNumber },
        "isdigit": all { $0.properties.numericType == .decimal || $0.properties.numericType == .digit },
        "isnumeric": all { $0.properties.numericType != nil },
        "isspace": all(PythonText.isSpace),
        "isascii": question { $0.utf8.allSatisfy { $0 < 0x80 } },
        "isprintable": question { $0.unicodeScalars.allSatisfy(PythonText.isPrintable) },
        "isupper": question(PythonText.isUppercase),
        "islower": question(PythonText.isLowercase),
        "istitle": question(PythonText.isTitled),
        "isidentifier": question(PythonText.isIdentifier),
    ]
}
