/// Filters that place text on lines.
extension Filter {
    static let layoutFilters: [String: Filter] = [
        "center": Filter("center", ["width"]) { value, arguments, renderer in
            let width = try integer(arguments[0], 80)
            return try mapText(value, renderer) { try PythonText.centered($0, to: width, renderer) }
        },
        "indent": Filter("indent", ["width", "first", "blank"]) { value, arguments, renderer in
            guard let text = value.text else {
                if case .undefined(let undefined) = value { throw undefined.fault }
                throw Fault(.type, "indent needs a string, not \(value.typeName)")
            }
            var indentation = arguments[0]?.text ?? ""
            if arguments[0]?.text == nil {
                let width = max(0, try integer(arguments[0], 4))
                try renderer.spend(bytes: width)
                indentation = String(repeating: " ", count: width)
            }
            let indented = try indent(
                text, indentation, first: flag(arguments[1]), blank: flag(arguments[2]), renderer)
            if case .markup = value { return .markup(indented) }
            return .string(indented)
        },
        "truncate": Filter("truncate", ["length", "killwords", "end", "leeway"]) { value, arguments, renderer in
            let length = try integer(arguments[0], 255)
            let end = try arguments[2].map { try renderer.string($0) } ?? "..."
            let leeway = try integer(arguments[3].flatMap { $0.isNone ? nil : $0 }, 5)
            guard length >= PythonText.count(end) else {
                throw Fault(.runtime, "expected length >= \(PythonText.count(end)), got \(length)")
            }
            guard leeway >= 0 else { throw Fault(.runtime, "expected leeway >= 0, got \(leeway)") }
            return try mapText(value, renderer) { text in
                try renderer.spend(bytes: text.utf8.count, weight: 2)
                let count = PythonText.count(text)
                guard count > length, count - length > leeway else { return text }
                var cut = text.unicodeScalars.prefix(length - PythonText.count(end))
                if !flag(arguments[1]), let space = cut.lastIndex(of: " ") { cut = cut[..<space] }
                return String(cut) + end
            }
        },
        "wordwrap": Filter(
            "wordwrap", ["width", "break_long_words", "wrapstring", "break_on_hyphens"]
        ) { value, arguments, renderer in
            let width = try integer(arguments[0], 79)
            guard width > 0 else { throw Fault(.value, "invalid width \(width) (must be > 0)") }
            let separator = try arguments[2].flatMap { $0.isNone ? nil : $0 }.map { try renderer.string($0) } ?? "\n"
            let wrapper = TextWrapper(
                width: width, breaksLongWords: arguments[1]?.isTrue ?? true,
                breaksOnHyphens: arguments[3]?.isTrue ?? true)
            let text = try renderer.string(value)
            try renderer.spend(bytes: text.utf8.count, weight: 64)
            let lines = try PythonText.lines(text, renderer).map { wrapper.wrap($0).joined(separator: separator) }
            try renderer.spend(bytes: separator.utf8.count, times: text.utf8.count + 1)
            return .string(lines.joined(separator: separator))
        },
        "filesizeformat": Filter("filesizeformat", ["binary"]) { value, arguments, renderer in
            let isBinary = flag(arguments[0])
            guard let bytes = try number(value, renderer) else {
                if case .undefined(let undefined) = value { throw undefined.fault }
                throw Fault(.type, "float() argument must be a string or a real number, not '\(value.typeName)'")
            }
            return .string(fileSize(bytes, isBinary: isBinary))
        },
    ]

    private static func indent(
        _ text: String, _ indentation: String, first: Bool, blank: Bool, _ renderer: Renderer
    ) throws -> String {
        // The reference adds a line end before it splits, so that a trailing one survives.
        var lines = try PythonText.lines(text + "\n", renderer)
        try renderer.spend(bytes: indentation.utf8.count + 1, times: lines.count)
        for index in lines.indices where index > 0 || first {
            if index == 0 || blank || !lines[index].isEmpty { lines[index] = indentation + lines[index] }
        }
        return lines.joined(separator: "\n")
    }

    private static func fileSize(_ bytes: Double, isBinary: Bool) -> String {
        let base: Double = isBinary ? 1024 : 1000
        if bytes == 1 { return "1 Byte" }
        guard bytes >= base else { return bytes.isFinite ? "\(Int(clamping: Int128(bytes))) Bytes" : "\(bytes) Bytes" }
        let prefixes = ["k", "M", "G", "T", "P", "E", "Z", "Y"]
        var unit = base
        for (index, prefix) in prefixes.enumerated() {
            unit *= base
            if bytes < unit || index == prefixes.count - 1 {
                let number = PythonNumber.formatted(base * bytes / unit, conversion: "f", precision: 1)
                return "\(number) " + (isBinary ? "\(prefix == "k" ? "K" : prefix)iB" : "\(prefix)B")
            }
        }
        return ""
    }
}

/// Breaks a line into lines of at most `width` code points, between words.
struct TextWrapper {
    let width: Int
    let breaksLongWords: Bool
    let breaksOnHyphens: Bool

    func wrap(_ line: String) -> [String] {
        var chunks = chunks(of: line)[...]
        var lines: [String] = []
        while !chunks.isEmpty {
            var current: [ArraySlice<Unicode.Scalar>] = []
            var length = 0
            if !lines.isEmpty, isBlank(chunks.first) { chunks.removeFirst() }
            while let chunk = chunks.first, length + chunk.count <= width {
                current.append(chunk)
                length += chunk.count
                chunks.removeFirst()
            }
            if let chunk = chunks.first, chunk.count > width {
                if breaksLongWords {
                    let space = max(1, width - length)
                    current.append(chunk.prefix(space))
                    chunks[chunks.startIndex] = chunk.dropFirst(space)
                } else if current.isEmpty {
                    current.append(chunk)
                    chunks.removeFirst()
                }
            }
            if isBlank(current.last) { current.removeLast() }
            if !current.isEmpty { lines.append(text(of: current)) }
        }
        return lines
    }

    private func isBlank(_ chunk: ArraySlice<Unicode.Scalar>?) -> Bool {
        chunk?.allSatisfy(PythonText.isSpace) ?? false
    }

    private func text(of chunks: [ArraySlice<Unicode.Scalar>]) -> String {
        var text = ""
        for chunk in chunks { for scalar in chunk { text.unicodeScalars.append(scalar) } }
        return text
    }

    /// Runs of white space and words; a word may break after a hyphen between letters.
    private func chunks(of line: String) -> [ArraySlice<Unicode.Scalar>] {
        var chunks: [ArraySlice<Unicode.Scalar>] = []
        let scalars = Array(line.unicodeScalars)
        var start = 0
        for (index, scalar) in scalars.enumerated().dropFirst() {
            let isSpace = PythonText.isSpace(scalar)
            let breaks =
                isSpace != PythonText.isSpace(scalars[index - 1])
                || (breaksOnHyphens && !isSpace && endsPart(scalars, before: index))
            guard breaks else { continue }
            chunks.append(scalars[start..<index])
            start = index
        }
        if start < scalars.count { chunks.append(scalars[start...]) }
        return chunks
    }

    private func endsPart(_ scalars: [Unicode.Scalar], before index: Int) -> Bool {
        guard index >= 3, scalars[index - 1] == "-" else { return false }
        return [scalars[index - 3], scalars[index - 2], scalars[index]].allSatisfy(PythonText.isAlphabetic)
    }
}
