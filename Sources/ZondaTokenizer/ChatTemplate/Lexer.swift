/// Splits a template into tokens: text, and what stands inside `{{ }}` and `{% %}`; comments are dropped and white space
/// is trimmed as with `trim_blocks` and `lstrip_blocks`.
struct Lexer {
    let source: [UInt8]
    private(set) var tokens: [Token] = []
    var at = 0
    var line: Int32 = 1
    /// Whether the last thing read ended a line, or nothing was read yet: what follows may then be an indentation.
    private var isLineStart = true
    private var brackets: [Token.Symbol] = []

    init(source: [UInt8]) {
        self.source = source
    }

    /// The source with every line ending as `\n` and one trailing line ending removed, as the reference reads it.
    static func normalized(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        var previous: UInt8 = 0
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\r") {
                bytes.append(UInt8(ascii: "\n"))
            } else if !(byte == UInt8(ascii: "\n") && previous == UInt8(ascii: "\r")) {
                bytes.append(byte)
            }
            previous = byte
        }
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        return bytes
    }

    /// All tokens of the source, the last of them `.end`.
    static func tokens(of source: [UInt8]) throws -> [Token] {
        var lexer = Lexer(source: source)
        while lexer.at < source.count { try lexer.text() }
        lexer.append(.end, from: lexer.at)
        return lexer.tokens
    }

    // MARK: Text between tags

    fileprivate enum Opening {
        case block, variable, comment
        case raw(end: Int, trims: Bool)
    }

    private mutating func text() throws {
        let start = at
        var open = start
        while open + 1 < source.count, opening(at: open) == nil { open += 1 }
        guard open + 1 < source.count, let opening = opening(at: open) else {
            appendText(source[start...])
            move(to: source.count)
            return
        }
        let sign = byte(at: open + 2)
        var end = open
        if sign == UInt8(ascii: "-") {
            end = PythonText.endWithoutSpace(source[start..<open])
        } else if sign != UInt8(ascii: "+"), opening.stripsIndentation {
            let lineStart = source[start..<open].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? start
            if lineStart > start || isLineStart, PythonText.isSpace(source[lineStart..<open]) { end = lineStart }
        }
        appendText(source[start..<end])
        move(to: open)
        let signed = sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+")
        switch opening {
        case .comment:
            move(to: open + (signed ? 3 : 2))
            try comment()
        case .raw(let end, let trims):
            move(to: end)
            if trims { skipSpace() }
            isLineStart = at > 0 && source[at - 1] == UInt8(ascii: "\n")
            try raw()
        case .block, .variable:
            move(to: open + (signed ? 3 : 2))
            let isBlock = if case .block = opening { true } else { false }
            append(isBlock ? .blockBegin : .variableBegin, from: open)
            try tag(isBlock: isBlock)
        }
    }

    private func opening(at index: Int) -> Opening? {
        guard source[index] == UInt8(ascii: "{") else { return nil }
        switch source[index + 1] {
        case UInt8(ascii: "{"): return .variable
        case UInt8(ascii: "#"): return .comment
        case UInt8(ascii: "%"): return rawOpening(at: index) ?? .block
        default: return nil
        }
    }

    /// `{% raw %}`, whose text is read as it stands.
    private func rawOpening(at index: Int) -> Opening? {
        guard var next = keyword("raw", inTagAt: index) else { return nil }
        next = PythonText.startWithoutSpace(source[next...])
        if has("-%}", at: next) { return .raw(end: next + 3, trims: true) }
        if has("%}", at: next) { return .raw(end: next + 2, trims: false) }
        return nil
    }

    /// Where `{%` at `index`, with its sign, is followed by `word`: the index after it.
    private func keyword(_ word: StaticString, inTagAt index: Int) -> Int? {
        var next = index + 2
        let sign = byte(at: next)
        if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { next += 1 }
        guard next <= source.count else { return nil }
        next = PythonText.startWithoutSpace(source[next...])
        return has(word, at: next) ? next + word.utf8CodeUnitCount : nil
    }

    private mutating func comment() throws {
        let start = at
        while at + 1 < source.count {
            if has("#}", at: at) {
                let sign = at > start ? source[at - 1] : 0
                move(to: at + 2)
                if sign == UInt8(ascii: "-") { skipSpace() } else if sign != UInt8(ascii: "+") { skipNewline() }
                isLineStart = source[at - 1] == UInt8(ascii: "\n")
                return
            }
            move(to: at + 1)
        }
        throw failure("Missing end of comment tag", from: start)
    }

    private mutating func raw() throws {
        let start = at
        for open in start..<source.count where has("{%", at: open) {
            guard var next = keyword("endraw", inTagAt: open) else { continue }
            next = PythonText.startWithoutSpace(source[next...])
            let closing = byte(at: next)
            let isSigned = closing == UInt8(ascii: "-") || closing == UInt8(ascii: "+")
            guard has("%}", at: isSigned ? next + 1 : next) else { continue }
            var end = open
            let sign = byte(at: open + 2)
            if sign == UInt8(ascii: "-") {
                end = PythonText.endWithoutSpace(source[start..<open])
            } else if sign != UInt8(ascii: "+") {
                let lineStart = source[start..<open].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? start
                if lineStart > start || isLineStart, PythonText.isSpace(source[lineStart..<open]) { end = lineStart }
            }
            appendText(source[start..<end])
            move(to: isSigned ? next + 3 : next + 2)
            if closing == UInt8(ascii: "-") { skipSpace() } else if !isSigned { skipNewline() }
            isLineStart = source[at - 1] == UInt8(ascii: "\n")
            return
        }
        throw failure("Missing end of raw directive", from: start)
    }

    // MARK: Inside a tag

    private mutating func tag(isBlock: Bool) throws {
        brackets.removeAll()
        while at < source.count {
            if brackets.isEmpty, closes(isBlock: isBlock) { return }
            let start = at
            skipSpace()
            if at > start { continue }
            try token()
        }
    }

    /// Reads `%}` or `}}` with its sign and the white space that it takes along.
    private mutating func closes(isBlock: Bool) -> Bool {
        let start = at
        let isTrimming = byte(at: at) == UInt8(ascii: "-")
        let isKeeping = isBlock && byte(at: at) == UInt8(ascii: "+")
        let mark = isTrimming || isKeeping ? at + 1 : at
        guard isBlock ? has("%}", at: mark) : has("}}", at: mark) else { return false }
        append(isBlock ? .blockEnd : .variableEnd, from: start, to: mark + 2)
        move(to: mark + 2)
        if isTrimming { skipSpace() } else if isBlock, !isKeeping { skipNewline() }
        isLineStart = source[at - 1] == UInt8(ascii: "\n")
        return true
    }

    private mutating func token() throws {
        let start = at
        switch source[at] {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
        case UInt8(ascii: "'"), UInt8(ascii: "\""): try string()
        default:
            if let end = nameEnd() {
                let name = String(decoding: source[start..<end], as: UTF8.self)
                guard end - start <= TemplateLimit.name else {
                    throw Fault.limit("bytes of a name", TemplateLimit.name)
                }
                guard PythonText.isIdentifier(name) else {
                    throw failure("Invalid character in identifier", from: start)
                }
                move(to: end)
                append(.name(name), from: start)
            } else {
                try symbol()
            }
        }
    }

    private mutating func symbol() throws {
        let start = at
        guard let symbol = Token.Symbol.allCases.first(where: { source[start...].starts(with: $0.rawValue.utf8) })
        else {
            let scalar = PythonText.scalar(source[start...]).scalar
            throw failure("unexpected char \(PythonText.quoted(String(scalar))) at \(start)", from: start)
        }
        switch symbol {
        case .leftBrace: brackets.append(.rightBrace)
        case .leftBracket: brackets.append(.rightBracket)
        case .leftParenthesis: brackets.append(.rightParenthesis)
        case .rightBrace, .rightBracket, .rightParenthesis:
            guard let expected = brackets.popLast() else {
                throw failure("unexpected '\(symbol.rawValue)'", from: start)
            }
            guard expected == symbol else {
                throw failure("unexpected '\(symbol.rawValue)', expected '\(expected.rawValue)'", from: start)
            }
        default: break
        }
        move(to: start + symbol.rawValue.utf8.count)
        append(.symbol(symbol), from: start)
    }

    // MARK: Steps

    func byte(at index: Int) -> UInt8 { index < source.count ? source[index] : 0 }

    private func has(_ text: StaticString, at index: Int) -> Bool {
        let count = text.utf8CodeUnitCount
        guard index + count <= source.count else { return false }
        return (0..<count).allSatisfy { source[index + $0] == text.utf8Start[$0] }
    }

    /// Moves on, counting lines.
    mutating func move(to index: Int) {
        for byte in source[at..<index] where byte == UInt8(ascii: "\n") { line += 1 }
        at = index
    }

    private mutating func skipSpace() { move(to: PythonText.startWithoutSpace(source[at...])) }

    private mutating func skipNewline() {
        if byte(at: at) == UInt8(ascii: "\n") { move(to: at + 1) }
    }

    private mutating func appendText(_ bytes: ArraySlice<UInt8>) {
        guard !bytes.isEmpty else { return }
        append(.data(String(decoding: bytes, as: UTF8.self)), from: bytes.startIndex)
    }

    mutating func append(_ kind: Token.Kind, from start: Int, to end: Int? = nil, line: Int32? = nil) {
        let site = Site(line: line ?? self.line, start: Int32(start), end: Int32(end ?? at))
        tokens.append(Token(kind: kind, site: site))
    }

    func failure(_ message: String, from start: Int) -> Fault {
        Fault(.syntax, message, at: Site(line: line, start: Int32(start), end: Int32(min(start + 20, source.count))))
    }
}

extension Lexer.Opening {
    /// `{{` keeps the indentation before it; tags and comments do not.
    fileprivate var stripsIndentation: Bool {
        if case .variable = self { false } else { true }
    }
}
