public import ZondaCore

extension Grammar {
    /// The texts that a regular expression matches as a whole.
    ///
    /// ```swift
    /// let phone = try Grammar(regex: #"\+?\d{1,3}( \d{2,4}){2,4}"#)
    /// ```
    /// Classes, groups, alternatives, quantifiers (lazy ones match the same texts), escapes and `\p{…}` as in ECMA-262 with
    /// the flag `u`; `^` and `$` at the ends say what is so anyway.
    /// - Throws: `ZondaError` of code `badRequest` with the position for what can't be read or is no regular language:
    ///   references, lookaround, word boundaries.
    public init(regex: String) throws(ZondaError) {
        self.init(root: try RegexParser.parse(regex).wholeMatch())
    }
}

/// A recursive-descent parser; `depth` bounds the recursion.
struct RegexParser {
    static let maxTextBytes = 65_536
    /// Groups in groups.
    static let maxDepth = 200
    /// As in other engines; more would only meet the cap of states later.
    static let maxRepetitionCount = 100_000

    private let text: [Unicode.Scalar]
    private var at = 0
    private var depth = 0

    static func parse(_ text: String) throws(ZondaError) -> RegexNode {
        guard text.utf8.count <= maxTextBytes else {
            throw ZondaError(
                .badRequest, "a regular expression of \(text.utf8.count) bytes is above the cap of \(maxTextBytes)",
                remedy: "use a shorter one")
        }
        var parser = RegexParser(text: Array(text.unicodeScalars))
        let node = try parser.choice()
        guard parser.at == parser.text.count else { throw failure("a ) without its (", at: parser.at) }
        return node
    }

    private init(text: [Unicode.Scalar]) { self.text = text }

    private mutating func choice() throws(ZondaError) -> RegexNode {
        var parts = [try sequence()]
        while take("|") { parts.append(try sequence()) }
        return parts.count == 1 ? parts[0] : .choice(parts)
    }

    private mutating func sequence() throws(ZondaError) -> RegexNode {
        var parts: [RegexNode] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            let start = at
            let part = try atom()
            parts.append(try quantified(part, start))
        }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }

    private mutating func atom() throws(ZondaError) -> RegexNode {
        let start = at
        let scalar = text[at]
        at += 1
        switch scalar {
        case "(":
            depth += 1
            guard depth <= Self.maxDepth else {
                throw Self.failure("groups nest deeper than \(Self.maxDepth), the cap", at: start)
            }
            if take("?") { try groupKind(start) }
            let body = try choice()
            guard take(")") else { throw Self.failure("a ( without its )", at: start) }
            depth -= 1
            return body
        case "[": return .scalars(try characterClass(start))
        case ".": return .scalars(.lineTerminators.complement)
        case "^": return .startAnchor(start)
        case "$": return .endAnchor(start)
        case "\\":
            at = start
            return .scalars(try escape())
        case "*", "+", "?": throw Self.failure("nothing to repeat before \(scalar)", at: start)
        case "{", "}", "]": throw Self.failure("\(scalar) must be written \\\(scalar)", at: start)
        default: return .scalars(ScalarSet(scalar.value))
        }
    }

    /// What follows `(?`.
    private mutating func groupKind(_ start: Int) throws(ZondaError) {
        if take(":") { return }
        if take("<") || take("P<") {
            guard next != "=", next != "!" else { throw Self.failure("lookbehind is not supported", at: start) }
            while let scalar = next, scalar != ">" {
                guard scalar.properties.isAlphabetic || scalar == "_" || ("0"..."9").contains(scalar) else { break }
                at += 1
            }
            guard take(">") else { throw Self.failure("a name of a group that never ends", at: start) }
            return
        }
        if next == "=" || next == "!" { throw Self.failure("lookahead is not supported", at: start) }
        throw Self.failure("this kind of group is not supported", at: start)
    }

    private mutating func quantified(_ part: RegexNode, _ start: Int) throws(ZondaError) -> RegexNode {
        let position = at
        var counts: (Int, Int?)?
        if take("*") {
            counts = (0, nil)
        } else if take("+") {
            counts = (1, nil)
        } else if take("?") {
            counts = (0, 1)
        } else if take("{") {
            let min = try count()
            var max: Int? = min
            if take(",") { max = next == "}" ? nil : try count() }
            guard take("}") else { throw Self.failure("a { without its }", at: position) }
            if let max, max < min {
                throw Self.failure("{\(min),\(max)} has its larger number first", at: position)
            }
            counts = (min, max)
        }
        guard let counts else { return part }
        guard part.firstAnchor == nil else { throw Self.failure("an anchor can't be repeated", at: start) }
        _ = take("?")
        if let scalar = next, scalar == "*" || scalar == "+" || scalar == "?" || scalar == "{" {
            throw Self.failure("a second quantifier, \(scalar)", at: at)
        }
        return .repeated(part, min: counts.0, max: counts.1)
    }

    private mutating func count() throws(ZondaError) -> Int {
        let start = at
        var value = 0
        while let scalar = next, ("0"..."9").contains(scalar) {
            value = 10 * value + Int(scalar.value - 0x30)
            guard value <= Self.maxRepetitionCount else {
                throw Self.failure("a repetition count above \(Self.maxRepetitionCount), the cap", at: start)
            }
            at += 1
        }
        guard at > start else { throw Self.failure("expected a number", at: start) }
        return value
    }

    // MARK: Sets

    private mutating func characterClass(_ start: Int) throws(ZondaError) -> ScalarSet {
        let isNegated = take("^")
        var set = ScalarSet.none
        while let scalar = next, scalar != "]" {
            let position = at
            let first = try classMember()
            guard next == "-", at + 1 < text.count, text[at + 1] != "]" else {
                set.formUnion(first)
                continue
            }
            at += 1
            let last = try classMember()
            guard let low = first.single, let high = last.single, low <= high else {
                throw Self.failure("a range that is not from a smaller to a larger character", at: position)
            }
            set.formUnion(ScalarSet([low...high]))
            _ = scalar
        }
        guard take("]") else { throw Self.failure("a [ without its ]", at: start) }
        return isNegated ? set.complement : set
    }

    private mutating func classMember() throws(ZondaError) -> ScalarSet {
        guard let scalar = next else { throw Self.failure("a class that never ends", at: at) }
        if scalar == "\\" {
            if at + 1 < text.count, text[at + 1] == "b" {
                at += 2
                return ScalarSet(0x08)
            }
            return try escape()
        }
        if scalar == "[", at + 1 < text.count, [":", ".", "="].contains(text[at + 1]) {
            throw Self.failure("POSIX classes are not supported", at: at)
        }
        at += 1
        return ScalarSet(scalar.value)
    }

    private mutating func escape() throws(ZondaError) -> ScalarSet {
        let start = at
        at += 1
        guard let letter = next else { throw Self.failure("the expression ends inside an escape", at: start) }
        at += 1
        switch letter {
        case "d": return .digits
        case "D": return ScalarSet.digits.complement
        case "w": return .wordCharacters
        case "W": return ScalarSet.wordCharacters.complement
        case "s": return .space
        case "S": return ScalarSet.space.complement
        case "t": return ScalarSet(0x09)
        case "n": return ScalarSet(0x0A)
        case "v": return ScalarSet(0x0B)
        case "f": return ScalarSet(0x0C)
        case "r": return ScalarSet(0x0D)
        case "0":
            if let next, ("0"..."9").contains(next) { throw Self.failure("octal escapes are not supported", at: start) }
            return ScalarSet(0)
        case "c":
            guard let control = next, ("a"..."z").contains(control) || ("A"..."Z").contains(control) else {
                throw Self.failure("expected a letter after \\c", at: start)
            }
            at += 1
            return ScalarSet(control.value & 0x1F)
        case "x": return ScalarSet(try hexadecimal(2, start))
        case "u":
            if take("{") {
                var value: UInt32 = 0
                var count = 0
                while let scalar = next, scalar != "}", count < 7 {
                    value = value << 4 | (try hexadecimal(1, start))
                    count += 1
                }
                guard count > 0, take("}"), Unicode.Scalar(value) != nil else {
                    throw Self.failure("an escape that is no character", at: start)
                }
                return ScalarSet(value)
            }
            let first = try hexadecimal(4, start)
            if (0xD800..<0xDC00).contains(first), take("\\u") {
                let second = try hexadecimal(4, start)
                guard (0xDC00..<0xE000).contains(second) else {
                    throw Self.failure("half a pair of surrogates", at: start)
                }
                return ScalarSet(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
            }
            guard Unicode.Scalar(first) != nil else { throw Self.failure("half a pair of surrogates", at: start) }
            return ScalarSet(first)
        case "p", "P":
            guard take("{") else { throw Self.failure("expected { after \\\(letter)", at: start) }
            let name = text[at...].prefix { $0 != "}" && $0 != "\\" }
            at += name.count
            guard take("}"), let set = ScalarSet(property: String(String.UnicodeScalarView(name))) else {
                throw Self.failure("a property that is not supported: general categories are", at: start)
            }
            return letter == "p" ? set : set.complement
        case "b", "B": throw Self.failure("word boundaries are not supported", at: start)
        case "1"..."9", "k": throw Self.failure("references to groups are not supported", at: start)
        case "a"..."z", "A"..."Z": throw Self.failure("unknown escape \\\(letter)", at: start)
        default: return ScalarSet(letter.value)
        }
    }

    private mutating func hexadecimal(_ digits: Int, _ start: Int) throws(ZondaError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let scalar = next, scalar.isASCII, let digit = Character(scalar).hexDigitValue else {
                throw Self.failure("expected a hexadecimal digit", at: start)
            }
            value = value << 4 | UInt32(digit)
            at += 1
        }
        return value
    }

    // MARK: Text

    private var next: Unicode.Scalar? { at < text.count ? text[at] : nil }

    private mutating func take(_ token: String) -> Bool {
        let scalars = Array(token.unicodeScalars)
        guard at + scalars.count <= text.count, text[at..<at + scalars.count].elementsEqual(scalars) else {
            return false
        }
        at += scalars.count
        return true
    }

    static func failure(_ problem: String, at position: Int) -> ZondaError {
        ZondaError(
            .badRequest, "regular expression, character \(position + 1): \(problem)",
            remedy: "see docs/structured-output.md for what is supported", facts: ["position": "\(position + 1)"])
    }
}
