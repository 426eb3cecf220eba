import OrderedCollections
public import ZondaCore

extension JSONValue {
    /// Parses one JSON document (RFC 8259) from untrusted bytes.
    ///
    /// - Parameters:
    ///   - bytes: UTF-8, optionally with a byte order mark.
    ///   - name: what the bytes are, for messages: a path, "request body".
    ///   - maxDepth: how deep arrays and objects may nest. The default is far above any model file's and far below what
    ///     would exhaust the stack.
    /// - Throws: `ZondaError` of code `badFile` with the byte offset, when the text is not JSON, nests too deep or repeats
    ///   a key.
    public init(parsing bytes: Span<UInt8>, name: String, maxDepth: Int = 128) throws(ZondaError) {
        var parser = JSONParser(bytes: bytes, name: name, maxDepth: maxDepth)
        self = try parser.document()
    }

    /// Parses one JSON document from a string.
    public init(parsing text: String, name: String, maxDepth: Int = 128) throws(ZondaError) {
        let bytes = Array(text.utf8)
        try self.init(parsing: bytes.span, name: name, maxDepth: maxDepth)
    }
}

/// A recursive-descent parser; `depth` bounds the recursion.
private struct JSONParser: ~Escapable {
    let bytes: Span<UInt8>
    let name: String
    let maxDepth: Int
    var at = 0
    var depth = 0

    @_lifetime(copy bytes)
    init(bytes: Span<UInt8>, name: String, maxDepth: Int) {
        self.bytes = bytes
        self.name = name
        self.maxDepth = maxDepth
    }

    mutating func document() throws(ZondaError) -> JSONValue {
        if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { at = 3 }
        skipSpace()
        let value = try value()
        skipSpace()
        guard at == bytes.count else { throw failure("unexpected \(here) after the end of the document") }
        return value
    }

    private mutating func value() throws(ZondaError) -> JSONValue {
        guard at < bytes.count else { throw failure("the text ends where a value should begin") }
        let byte = bytes[at]
        switch byte {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw failure("unexpected \(here) where a value should begin")
        }
    }

    private mutating func object() throws(ZondaError) -> JSONValue {
        try enter()
        defer { depth -= 1 }
        var members: OrderedDictionary<String, JSONValue> = [:]
        at += 1
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object(members) }
        repeat {
            skipSpace()
            guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else {
                throw failure("expected a key in quotes, found \(here)")
            }
            let start = at
            let key = try string()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw failure("expected ':' after key \"\(key)\", found \(here)") }
            skipSpace()
            let member = try value()
            guard members.updateValue(member, forKey: key) == nil else {
                throw failure("key \"\(key)\" is there twice", at: start)
            }
            skipSpace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw failure("expected ',' or '}', found \(here)") }
        return .object(members)
    }

    private mutating func array() throws(ZondaError) -> JSONValue {
        try enter()
        defer { depth -= 1 }
        var elements: [JSONValue] = []
        at += 1
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array(elements) }
        repeat {
            skipSpace()
            elements.append(try value())
            skipSpace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw failure("expected ',' or ']', found \(here)") }
        return .array(elements)
    }

    private mutating func string() throws(ZondaError) -> String {
        let start = at
        at += 1
        skipPlainCharacters()
        guard at < bytes.count, bytes[at] == UInt8(ascii: "\\") else {
            // Almost every string: no escapes, so no copy before it becomes one.
            try closeString(start)
            return try text(start + 1..<at - 1, of: start)
        }
        var decoded: [UInt8] = []
        var runStart = start + 1
        while at < bytes.count, bytes[at] == UInt8(ascii: "\\") {
            appendRun(from: runStart, to: &decoded)
            try escape(into: &decoded)
            runStart = at
            skipPlainCharacters()
        }
        appendRun(from: runStart, to: &decoded)
        try closeString(start)
        guard let text = String(validating: decoded, as: UTF8.self) else { throw notUTF8(start) }
        return text
    }

    /// Moves to the quote that ends a string, or to whatever else interrupts it.
    private mutating func skipPlainCharacters() {
        while at < bytes.count, bytes[at] >= 0x20, bytes[at] != UInt8(ascii: "\""), bytes[at] != UInt8(ascii: "\\") {
            at += 1
        }
    }

    private mutating func closeString(_ start: Int) throws(ZondaError) {
        guard at < bytes.count else { throw failure("a string that never ends", at: start) }
        guard take(UInt8(ascii: "\"")) else { throw failure("an unescaped control character in a string") }
    }

    private func text(_ range: Range<Int>, of start: Int) throws(ZondaError) -> String {
        let text = bytes.extracting(range).withUnsafeBufferPointer { String(validating: $0, as: UTF8.self) }
        guard let text else { throw notUTF8(start) }
        return text
    }

    private func notUTF8(_ start: Int) -> ZondaError { failure("a string that is not UTF-8", at: start) }

    private func appendRun(from start: Int, to decoded: inout [UInt8]) {
        bytes.extracting(start..<at).withUnsafeBufferPointer { decoded.append(contentsOf: $0) }
    }

    private mutating func escape(into decoded: inout [UInt8]) throws(ZondaError) {
        guard at + 1 < bytes.count else { throw failure("the text ends inside an escape") }
        let letter = bytes[at + 1]
        at += 2
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): decoded.append(letter)
        case UInt8(ascii: "b"): decoded.append(0x08)
        case UInt8(ascii: "f"): decoded.append(0x0C)
        case UInt8(ascii: "n"): decoded.append(0x0A)
        case UInt8(ascii: "r"): decoded.append(0x0D)
        case UInt8(ascii: "t"): decoded.append(0x09)
        case UInt8(ascii: "u"): decoded.append(contentsOf: Array(String(try unicodeEscape()).utf8))
        default: throw failure("unknown escape \\\(Character(Unicode.Scalar(letter)))", at: at - 2)
        }
    }

    /// `\uXXXX`, two of them for a surrogate pair. A lone surrogate has no UTF-8 and becomes U+FFFD.
    private mutating func unicodeEscape() throws(ZondaError) -> Unicode.Scalar {
        let first = try hexQuad()
        if let scalar = Unicode.Scalar(first) { return scalar }
        let isHighSurrogate = first < 0xDC00
        guard isHighSurrogate, at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"), bytes[at + 1] == UInt8(ascii: "u")
        else { return "\u{FFFD}" }
        let mark = at
        at += 2
        let second = try hexQuad()
        guard (0xDC00..<0xE000).contains(second) else {
            at = mark
            return "\u{FFFD}"
        }
        return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)) ?? "\u{FFFD}"
    }

    private mutating func hexQuad() throws(ZondaError) -> UInt32 {
        guard at + 4 <= bytes.count else { throw failure("the text ends inside an escape") }
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(bytes[at])).hexDigitValue else {
                throw failure("expected four hexadecimal digits after \\u, found \(here)")
            }
            value = value << 4 | UInt32(digit)
            at += 1
        }
        return value
    }

    private mutating func number() throws(ZondaError) -> JSONValue {
        let start = at
        _ = take(UInt8(ascii: "-"))
        let digits = at
        try digitRun()
        if at - digits > 1, bytes[digits] == UInt8(ascii: "0") {
            throw failure("a number with a leading zero", at: start)
        }
        var isInteger = true
        if take(UInt8(ascii: ".")) {
            isInteger = false
            try digitRun()
        }
        if at < bytes.count, bytes[at] | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            at += 1
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digitRun()
        }
        // Below 19 digits nothing overflows.
        if isInteger, at - digits < 19 { return .integer(integer(digits..<at, isNegative: digits > start)) }
        let text = bytes.extracting(start..<at).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
        if isInteger, let value = Int(text) { return .integer(value) }
        guard let value = Double(text) else { throw failure("\(text) is not a number", at: start) }
        return .number(value)
    }

    private func integer(_ digits: Range<Int>, isNegative: Bool) -> Int {
        var value = 0
        for index in digits { value = 10 * value + Int(bytes[index] - UInt8(ascii: "0")) }
        return isNegative ? -value : value
    }

    private mutating func digitRun() throws(ZondaError) {
        let start = at
        while at < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[at]) { at += 1 }
        guard at > start else { throw failure("expected a digit, found \(here)") }
    }

    private mutating func word(_ text: StaticString, _ value: JSONValue) throws(ZondaError) -> JSONValue {
        let end = at + text.utf8CodeUnitCount
        var matches = end <= bytes.count
        for offset in 0..<text.utf8CodeUnitCount where matches {
            matches = bytes[at + offset] == text.utf8Start[offset]
        }
        guard matches else { throw failure("unexpected \(here) where a value should begin") }
        at = end
        return value
    }

    private mutating func enter() throws(ZondaError) {
        depth += 1
        guard depth <= maxDepth else { throw failure("nested deeper than \(maxDepth)") }
    }

    private mutating func skipSpace() {
        while at < bytes.count, bytes[at] == 0x20 || bytes[at] == 0x0A || bytes[at] == 0x0D || bytes[at] == 0x09 {
            at += 1
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard at < bytes.count, bytes[at] == byte else { return false }
        at += 1
        return true
    }

    private var here: String {
        guard at < bytes.count else { return "the end" }
        let byte = bytes[at]
        return byte > 0x20 && byte < 0x7F
            ? "'\(Character(Unicode.Scalar(byte)))'" : "byte 0x\(String(byte, radix: 16, uppercase: true))"
    }

    private func failure(_ problem: String, at offset: Int? = nil) -> ZondaError {
        let offset = offset ?? at
        return ZondaError(
            .badFile, "\(name): not valid JSON at byte \(offset): \(problem)", remedy: "mend it or fetch it again",
            facts: ["offset": "\(offset)"])
    }
}
