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

    private var cursor: ScalarCursor
    private var depth = 0

    static func parse(_ text: String) throws(ZondaError) -> RegexNode {
        guard text.utf8.count <= maxTextBytes else {
            throw ZondaError(
                .badRequest, "a regular expression of \(text.utf8.count) bytes is above the cap of \(maxTextBytes)",
                remedy: "use a shorter one")
        }
        var parser = RegexParser(cursor: ScalarCursor(text))
        let node = try parser.choice()
        guard parser.cursor.isAtEnd else { throw failure("a ) without its (", at: parser.cursor.at) }
        return node
    }

    private init(cursor: ScalarCursor) { self.cursor = cursor }

    private mutating func choice() throws(ZondaError) -> RegexNode {
        var parts = [try sequence()]
        while cursor.take("|") { parts.append(try sequence()) }
        return parts.count == 1 ? parts[0] : .choice(parts)
    }

    private mutating func sequence() throws(ZondaError) -> RegexNode {
        var parts: [RegexNode] = []
        while let scalar = cursor.next, scalar != "|", scalar != ")" {
            let start = cursor.at
            let part = try atom(scalar)
            parts.append(try quantified(part, start))
        }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }

    /// What begins with `scalar`, which is next.
    private mutating func atom(_ scalar: Unicode.Scalar) throws(ZondaError) -> RegexNode {
        let start = cursor.at
        if scalar == "\\" { return .scalars(try escape()) }
        cursor.advance()
        switch scalar {
        case "(":
            depth += 1
            guard depth <= Self.maxDepth else {
                throw Self.failure("groups nest deeper than \(Self.maxDepth), the cap", at: start)
            }
            if cursor.take("?") { try groupKind(start) }
            let body = try choice()
            guard cursor.take(")") else { throw Self.failure("a ( without its )", at: start) }
            depth -= 1
            return body
        case "[": return .scalars(try characterClass(start))
        case ".": return .scalars(.lineTerminators.complement)
        case "^": return .startAnchor(start)
        case "$": return .endAnchor(start)
        case "*", "+", "?": throw Self.failure("nothing to repeat before \(scalar)", at: start)
        case "{", "}", "]": throw Self.failure("\(scalar) must be written \\\(scalar)", at: start)
        default: return .scalars(ScalarSet(scalar.value))
        }
    }

    /// What follows `(?`.
    private mutating func groupKind(_ start: Int) throws(ZondaError) {
        if cursor.take(":") { return }
        if cursor.take("<") || cursor.take("P<") {
            guard cursor.next != "=", cursor.next != "!" else {
                throw Self.failure("lookbehind is not supported", at: start)
            }
            _ = cursor.take(while: { $0.properties.isAlphabetic || $0 == "_" || ("0"..."9").contains($0) })
            guard cursor.take(">") else { throw Self.failure("a name of a group that never ends", at: start) }
            return
        }
        if cursor.next == "=" || cursor.next == "!" { throw Self.failure("lookahead is not supported", at: start) }
        throw Self.failure("this kind of group is not supported", at: start)
    }

    private mutating func quantified(_ part: RegexNode, _ start: Int) throws(ZondaError) -> RegexNode {
        let position = cursor.at
        var counts: (Int, Int?)?
        if cursor.take("*") {
            counts = (0, nil)
        } else if cursor.take("+") {
            counts = (1, nil)
        } else if cursor.take("?") {
            counts = (0, 1)
        } else if cursor.take("{") {
            let min = try count()
            var max: Int? = min
            if cursor.take(",") { max = cursor.next == "}" ? nil : try count() }
            guard cursor.take("}") else { throw Self.failure("a { without its }", at: position) }
            if let max, max < min {
                throw Self.failure("{\(min),\(max)} has its larger number first", at: position)
            }
            counts = (min, max)
        }
        guard let counts else { return part }
        guard part.firstAnchor == nil else { throw Self.failure("an anchor can't be repeated", at: start) }
        _ = cursor.take("?")
        if let scalar = cursor.next, scalar == "*" || scalar == "+" || scalar == "?" || scalar == "{" {
            throw Self.failure("a second quantifier, \(scalar)", at: cursor.at)
        }
        return .repeated(part, min: counts.0, max: counts.1)
    }

    private mutating func count() throws(ZondaError) -> Int {
        let start = cursor.at
        guard let value = cursor.takeCount(upTo: Self.maxRepetitionCount) else {
            throw Self.failure("expected a number", at: start)
        }
        guard value <= Self.maxRepetitionCount else {
            throw Self.failure("a repetition count above \(Self.maxRepetitionCount), the cap", at: start)
        }
        return value
    }

    // MARK: Sets

    private mutating func characterClass(_ start: Int) throws(ZondaError) -> ScalarSet {
        let isNegated = cursor.take("^")
        // Joined when there are twice as many as were left the last time: members may be large sets, and many.
        var ranges: [ClosedRange<UInt32>] = []
        var limit = 1024
        while let scalar = cursor.next, scalar != "]" {
            let position = cursor.at
            let first = try classMember(scalar)
            if cursor.next == "-", let second = cursor.second, second != "]" {
                cursor.advance()
                let last = try classMember(second)
                guard let low = first.single, let high = last.single, low <= high else {
                    throw Self.failure("a range that is not from a smaller to a larger character", at: position)
                }
                ranges.append(low...high)
            } else {
                ranges += first.ranges
            }
            if ranges.count > limit {
                ranges = ScalarSet(ranges).ranges
                limit = max(1024, 2 * ranges.count)
            }
        }
        guard cursor.take("]") else { throw Self.failure("a [ without its ]", at: start) }
        let set = ScalarSet(ranges)
        return isNegated ? set.complement : set
    }

    /// A member that begins with `scalar`, which is next.
    private mutating func classMember(_ scalar: Unicode.Scalar) throws(ZondaError) -> ScalarSet {
        if scalar == "\\" { return cursor.take("\\b") ? ScalarSet(0x08) : try escape() }
        if scalar == "[", let second = cursor.second, [":", ".", "="].contains(second) {
            throw Self.failure("POSIX classes are not supported", at: cursor.at)
        }
        cursor.advance()
        return ScalarSet(scalar.value)
    }

    private mutating func escape() throws(ZondaError) -> ScalarSet {
        let start = cursor.at
        cursor.advance()
        guard let letter = cursor.pop() else {
            throw Self.failure("the expression ends inside an escape", at: start)
        }
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
            if let next = cursor.next, ("0"..."9").contains(next) {
                throw Self.failure("octal escapes are not supported", at: start)
            }
            return ScalarSet(0)
        case "c":
            guard let control = cursor.pop(), ("a"..."z").contains(control) || ("A"..."Z").contains(control) else {
                throw Self.failure("expected a letter after \\c", at: start)
            }
            return ScalarSet(control.value & 0x1F)
        case "x": return ScalarSet(try hexadecimal(2, start))
        case "u":
            if cursor.take("{") {
                var value: UInt32 = 0
                var count = 0
                while let scalar = cursor.next, scalar != "}", count < 7 {
                    value = value << 4 | (try hexadecimal(1, start))
                    count += 1
                }
                guard count > 0, cursor.take("}"), Unicode.Scalar(value) != nil else {
                    throw Self.failure("an escape that is no character", at: start)
                }
                return ScalarSet(value)
            }
            let first = try hexadecimal(4, start)
            if (0xD800..<0xDC00).contains(first), cursor.take("\\u") {
                let second = try hexadecimal(4, start)
                guard (0xDC00..<0xE000).contains(second) else {
                    throw Self.failure("half a pair of surrogates", at: start)
                }
                return ScalarSet(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
            }
            guard Unicode.Scalar(first) != nil else { throw Self.failure("half a pair of surrogates", at: start) }
            return ScalarSet(first)
        case "p", "P":
            guard cursor.take("{") else { throw Self.failure("expected { after \\\(letter)", at: start) }
            let name = cursor.take(while: { $0 != "}" && $0 != "\\" })
            guard cursor.take("}"), let set = ScalarSet(property: name) else {
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
        guard let value = cursor.takeHexadecimal(digits) else {
            throw Self.failure("expected a hexadecimal digit", at: start)
        }
        return value
    }

    static func failure(_ problem: String, at position: Int) -> ZondaError {
        ZondaError(
            .badRequest, "regular expression, character \(position + 1): \(problem)",
            remedy: "see docs/structured-output.md for what is supported", facts: ["position": "\(position + 1)"])
    }
}
