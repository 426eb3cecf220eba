public import ZondaCore

extension Grammar {
    /// The texts that a GBNF grammar derives from its rule `root`, in the notation of llama.cpp
    /// (`grammars/README.md` there): rules, alternatives, groups, `*` `+` `?` `{m,n}`, classes, `.`, comments.
    ///
    /// ```swift
    /// let answer = try Grammar(gbnf: #"root ::= "yes" | "no" | [0-9]{1,3}"#)
    /// ```
    /// - Throws: `ZondaError` of code `badRequest` with line and column for what can't be read, a rule that is not there,
    ///   or left recursion.
    public init(gbnf: String) throws(ZondaError) {
        var parser = GBNFParser(gbnf)
        self = try parser.grammar()
    }
}

/// A recursive-descent parser; `depth` bounds the recursion.
struct GBNFParser {
    /// Grammars in use are below 20 KiB.
    static let maxTextBytes = 1 << 20
    /// Groups in groups.
    static let maxDepth = 200
    /// As in llama.cpp's own parser, so that a short text can't ask for much.
    static let maxRepetitionCount = 100_000

    /// Quantifiers after one part: each nests what it repeats.
    static let maxQuantifiers = 4

    private var cursor: ScalarCursor
    private var depth = 0
    private let isTooLong: Bool
    private var numbers: [String: Int] = [:]
    private var rules: [Expression?] = []
    /// By rule: where its name was first met.
    private var places: [(name: String, offset: Int)] = []

    init(_ text: String) {
        isTooLong = text.utf8.count > Self.maxTextBytes
        cursor = ScalarCursor(isTooLong ? "" : text)
    }

    mutating func grammar() throws(ZondaError) -> Grammar {
        guard !isTooLong else {
            throw ZondaError(
                .badRequest, "the grammar is longer than \(Self.maxTextBytes) bytes, the cap",
                remedy: "use a smaller grammar")
        }
        skipSpace(acrossLines: true)
        while !cursor.isAtEnd { try rule() }
        var finished: [Expression] = []
        for (number, rule) in rules.enumerated() {
            guard let rule else {
                throw failure("rule \"\(places[number].name)\" is not there", at: places[number].offset)
            }
            finished.append(rule)
        }
        guard let root = numbers["root"] else { throw failure("there is no rule \"root\"", at: 0) }
        let facts = GrammarFacts(finished)
        if let number = facts.leftRecursion {
            throw failure(
                "rule \"\(places[number].name)\" calls itself before it has read anything (left recursion)",
                at: places[number].offset)
        }
        var grammar = Grammar(rules: finished, root: .rule(root))
        grammar.facts = facts
        return grammar
    }

    private mutating func rule() throws(ZondaError) {
        let start = cursor.at
        let name = try self.name()
        skipSpace(acrossLines: false)
        guard cursor.take("::=") else { throw failure("expected ::= after \"\(name)\", found \(here)") }
        skipSpace(acrossLines: true)
        let number = number(of: name, at: start)
        guard rules[number] == nil else { throw failure("rule \"\(name)\" is there twice", at: start) }
        places[number].offset = start
        rules[number] = try alternatives(inGroup: false)
        guard cursor.isAtEnd || cursor.take("\r\n") || cursor.take("\n") || cursor.take("\r") else {
            throw failure("expected the end of the line, found \(here)")
        }
        skipSpace(acrossLines: true)
    }

    private mutating func number(of name: String, at offset: Int) -> Int {
        if let number = numbers[name] { return number }
        numbers[name] = rules.count
        rules.append(nil)
        places.append((name, offset))
        return rules.count - 1
    }

    private mutating func alternatives(inGroup: Bool) throws(ZondaError) -> Expression {
        var parts = [try sequence(inGroup)]
        while takesBar() {
            skipSpace(acrossLines: true)
            parts.append(try sequence(inGroup))
        }
        return parts.count == 1 ? parts[0] : .choice(parts)
    }

    /// Takes a `|`, also one that begins the next line, where llama.cpp's own parser wants it at the end of this one: no
    /// rule can begin with it.
    private mutating func takesBar() -> Bool {
        let start = cursor.at
        skipSpace(acrossLines: true)
        if cursor.take("|") { return true }
        cursor.move(to: start)
        return false
    }

    private mutating func sequence(_ inGroup: Bool) throws(ZondaError) -> Expression {
        var parts: [Expression] = []
        var quantifierCount = 0
        while let scalar = cursor.next {
            let start = cursor.at
            switch scalar {
            case "\"": parts.append(try literal())
            case "[": parts.append(.scalars(try characterClass()))
            case ".":
                cursor.advance()
                parts.append(.scalars(.all))
            case "(":
                cursor.advance()
                depth += 1
                guard depth <= Self.maxDepth else {
                    throw failure("groups nest deeper than \(Self.maxDepth), the cap", at: start)
                }
                skipSpace(acrossLines: true)
                parts.append(try alternatives(inGroup: true))
                guard cursor.take(")") else { throw failure("expected ) for the ( here", at: start) }
                depth -= 1
            case "*", "+", "?", "{":
                guard let last = parts.popLast() else { throw failure("nothing to repeat before \(here)") }
                quantifierCount += 1
                guard quantifierCount <= Self.maxQuantifiers else {
                    throw failure("more than \(Self.maxQuantifiers) quantifiers in a row, the cap")
                }
                parts.append(try repetition(of: last))
                skipSpace(acrossLines: inGroup)
                continue
            case _ where Self.isNameScalar(scalar): parts.append(.rule(number(of: try name(), at: start)))
            default: return parts.count == 1 ? parts[0] : .sequence(parts)
            }
            quantifierCount = 0
            skipSpace(acrossLines: inGroup)
        }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }

    private mutating func repetition(of part: Expression) throws(ZondaError) -> Expression {
        if cursor.take("*") { return .repeated(part, min: 0, max: nil) }
        if cursor.take("+") { return .repeated(part, min: 1, max: nil) }
        if cursor.take("?") { return .optional(part) }
        let start = cursor.at
        cursor.advance()
        skipSpace(acrossLines: true)
        let min = try count()
        skipSpace(acrossLines: true)
        var max: Int?
        if cursor.take(",") {
            skipSpace(acrossLines: true)
            if let scalar = cursor.next, scalar != "}" { max = try count() }
        } else {
            max = min
        }
        skipSpace(acrossLines: true)
        guard cursor.take("}") else { throw failure("expected }, found \(here)") }
        guard max ?? min >= min else { throw failure("{\(min),\(max ?? 0)} has its larger number first", at: start) }
        return .repeated(part, min: min, max: max)
    }

    private mutating func count() throws(ZondaError) -> Int {
        let start = cursor.at
        guard let value = cursor.takeCount(upTo: Self.maxRepetitionCount) else {
            throw failure("expected a number, found \(here)", at: start)
        }
        guard value <= Self.maxRepetitionCount else {
            throw failure("a repetition count above \(Self.maxRepetitionCount), the cap", at: start)
        }
        return value
    }

    private mutating func literal() throws(ZondaError) -> Expression {
        let start = cursor.at
        cursor.advance()
        var scalars = String.UnicodeScalarView()
        while let next = cursor.next, next != "\"" {
            let offset = cursor.at
            guard next != "\n" else { throw failure("a literal that never ends", at: start) }
            guard let scalar = Unicode.Scalar(try character()) else {
                throw failure("an escape that is no character", at: offset)
            }
            scalars.append(scalar)
        }
        guard cursor.take("\"") else { throw failure("a literal that never ends", at: start) }
        return .literal(String(scalars))
    }

    private mutating func characterClass() throws(ZondaError) -> ScalarSet {
        let start = cursor.at
        cursor.advance()
        let isNegated = cursor.take("^")
        var ranges: [ClosedRange<UInt32>] = []
        while let next = cursor.next, next != "]" {
            let offset = cursor.at
            let first = try character()
            var last = first
            if cursor.next == "-", let second = cursor.second, second != "]" {
                cursor.advance()
                last = try character()
            }
            guard first <= last else { throw failure("a range with its larger character first", at: offset) }
            ranges.append(first...last)
        }
        guard cursor.take("]") else { throw failure("a class that never ends", at: start) }
        let set = ScalarSet(ranges)
        return isNegated ? set.complement : set
    }

    /// One character of a literal or a class, perhaps an escape.
    private mutating func character() throws(ZondaError) -> UInt32 {
        let start = cursor.at
        cursor.advance()
        guard cursor.text[start] == "\\" else { return cursor.text[start].value }
        guard let letter = cursor.pop() else { throw failure("the text ends inside an escape", at: start) }
        switch letter {
        case "x": return try hexadecimal(2, start)
        case "u": return try hexadecimal(4, start)
        case "U": return try hexadecimal(8, start)
        case "t": return 0x09
        case "r": return 0x0D
        case "n": return 0x0A
        case "\\", "\"", "[", "]", "-", "^": return letter.value
        default: throw failure("unknown escape \\\(letter)", at: start)
        }
    }

    private mutating func hexadecimal(_ digits: Int, _ start: Int) throws(ZondaError) -> UInt32 {
        guard let value = cursor.takeHexadecimal(digits) else {
            throw failure("expected \(digits) hexadecimal digits", at: start)
        }
        guard Unicode.Scalar(value) != nil else {
            throw failure("U+\(String(value, radix: 16)) is no character", at: start)
        }
        return value
    }

    private mutating func name() throws(ZondaError) -> String {
        let name = cursor.take(while: Self.isNameScalar)
        guard !name.isEmpty else { throw failure("expected the name of a rule, found \(here)") }
        return name
    }

    private static func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "-", "_": true
        default: false
        }
    }

    private mutating func skipSpace(acrossLines: Bool) {
        while let scalar = cursor.next {
            switch scalar {
            case " ", "\t": cursor.advance()
            case "\r", "\n":
                guard acrossLines else { return }
                cursor.advance()
            case "#":
                while let scalar = cursor.next, scalar != "\n", scalar != "\r" { cursor.advance() }
            default: return
            }
        }
    }

    private var here: String { cursor.next.map { "'\($0)'" } ?? "the end" }

    private func failure(_ problem: String, at offset: Int? = nil) -> ZondaError {
        let before = cursor.text.prefix(offset ?? cursor.at)
        let line = before.count { $0 == "\n" } + 1
        let column = before.count - (before.lastIndex(of: "\n") ?? -1)
        return ZondaError(
            .badRequest, "grammar, line \(line), column \(column): \(problem)",
            remedy: "see docs/structured-output.md for the notation", facts: ["line": "\(line)", "column": "\(column)"])
    }
}
