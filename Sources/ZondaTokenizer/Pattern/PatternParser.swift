import ZondaCore

/// Parses the regular expressions of tokenizers: the part of Oniguruma's Ruby syntax that they use.
struct PatternParser {
    /// Repeats are unrolled; the longest count in use is 512.
    static let maxRepeat = 1000
    static let maxDepth = 64
    static let maxLength = 65_536

    private let pattern: String
    private let scalars: [Unicode.Scalar]
    private var at = 0
    private var depth = 0
    private var ignoresCase = false
    private var dotMatchesNewline = false

    private init(_ pattern: String) {
        self.pattern = pattern
        self.scalars = Array(pattern.unicodeScalars)
    }

    static func parse(_ pattern: String) throws(ZondaError) -> PatternNode {
        var parser = PatternParser(pattern)
        guard parser.scalars.count <= maxLength else { throw parser.failure("is longer than \(maxLength) characters") }
        let node = try parser.alternatives()
        guard parser.at == parser.scalars.count else { throw parser.failure("has an unmatched ')'") }
        return node
    }

    private var next: Unicode.Scalar? { at < scalars.count ? scalars[at] : nil }

    private mutating func take(_ text: String) -> Bool {
        let wanted = Array(text.unicodeScalars)
        guard scalars[at...].starts(with: wanted) else { return false }
        at += wanted.count
        return true
    }

    private func failure(_ problem: String) -> ZondaError {
        ZondaError(
            .unsupported, "the pattern \(pattern.debugDescription) \(problem) (at character \(at))",
            remedy: "Zonda reads the regular expressions that tokenizers use; report this one",
            facts: ["pattern": pattern])
    }

    private mutating func alternatives() throws(ZondaError) -> PatternNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maxDepth else { throw failure("nests deeper than \(Self.maxDepth)") }
        // (?i) holds to the end of the group that it stands in.
        let outer = (ignoresCase, dotMatchesNewline)
        defer { (ignoresCase, dotMatchesNewline) = outer }
        var nodes = [try sequence()]
        while take("|") { nodes.append(try sequence()) }
        return nodes.count == 1 ? nodes[0] : .alternatives(nodes)
    }

    private mutating func sequence() throws(ZondaError) -> PatternNode {
        var nodes: [PatternNode] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            guard let atom = try atom() else { continue }
            nodes.append(try quantified(atom))
        }
        return nodes.count == 1 ? nodes[0] : .sequence(nodes)
    }

    private mutating func quantified(_ atom: PatternNode) throws(ZondaError) -> PatternNode {
        var node = atom
        while let (min, max) = try quantifier() {
            var greed = PatternNode.Greed.greedy
            if take("?") { greed = .lazy } else if take("+") { greed = .possessive }
            if max == nil, node.isNullable { throw failure("repeats something that can be empty") }
            node = .repeated(node, min: min, max: max, greed)
        }
        return node
    }

    private mutating func quantifier() throws(ZondaError) -> (Int, Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        let start = at
        guard take("{") else { return nil }
        let low = integer()
        var high = low
        if take(",") { high = integer() } else if low == nil { high = nil }
        guard take("}"), low != nil || high != nil else {
            at = start
            return nil
        }
        for count in [low, high] {
            if let count, count > Self.maxRepeat { throw failure("repeats \(count) times, above \(Self.maxRepeat)") }
        }
        if let low, let high, low > high { throw failure("repeats at least \(low) and at most \(high) times") }
        return (low ?? 0, high)
    }

    private mutating func integer() -> Int? {
        var value: Int?
        while let scalar = next, ("0"..."9").contains(scalar), (value ?? 0) < 1_000_000 {
            value = (value ?? 0) * 10 + Int(scalar.value - 0x30)
            at += 1
        }
        return value
    }

    /// One atom; nil for a group that only sets options.
    private mutating func atom() throws(ZondaError) -> PatternNode? {
        let scalar = scalars[at]
        switch scalar {
        case "(": return try group()
        case "[": return .set(try characterClass())
        case ".":
            at += 1
            return .set(.complement(.ranges(dotMatchesNewline ? [] : [0x0A...0x0A])))
        case "^":
            at += 1
            return .assertion(.lineStart)
        case "$":
            at += 1
            return .assertion(.lineEnd)
        case "\\": return try escape()
        case "*", "+", "?": throw failure("has '\(scalar)' with nothing to repeat")
        default:
            // A '{' that opens no count stands for itself.
            at += 1
            return .set(ScalarSet(scalar.value, ignoringCase: ignoresCase))
        }
    }

    private mutating func group() throws(ZondaError) -> PatternNode? {
        let node: PatternNode
        if take("(?:") {
            node = try alternatives()
        } else if take("(?=") {
            node = .look(try alternatives(), ahead: true, negative: false)
        } else if take("(?!") {
            node = .look(try alternatives(), ahead: true, negative: true)
        } else if take("(?<=") {
            node = .look(try lookBehind(), ahead: false, negative: false)
        } else if take("(?<!") {
            node = .look(try lookBehind(), ahead: false, negative: true)
        } else if take("(?>") {
            node = .atomic(try alternatives())
        } else if take("(?") {
            let outer = (ignoresCase, dotMatchesNewline)
            try options()
            if take(")") { return nil }
            guard take(":") else { throw failure("has a group that is not known") }
            node = try alternatives()
            (ignoresCase, dotMatchesNewline) = outer
        } else {
            at += 1
            node = try alternatives()
        }
        guard take(")") else { throw failure("has an unmatched '('") }
        return node
    }

    private mutating func lookBehind() throws(ZondaError) -> PatternNode {
        let node = try alternatives()
        guard case .set = node else { throw failure("looks behind at more than one character") }
        return node
    }

    private mutating func options() throws(ZondaError) {
        var value = true
        while let scalar = next, scalar != ":", scalar != ")" {
            switch scalar {
            case "-": value = false
            case "i": ignoresCase = value
            case "m", "s": dotMatchesNewline = value
            case "u": break
            default: throw failure("has the option '\(scalar)'")
            }
            at += 1
        }
    }

    private mutating func escape() throws(ZondaError) -> PatternNode {
        if take("\\b") { return .assertion(.wordBoundary) }
        if take("\\B") { return .assertion(.notWordBoundary) }
        if take("\\A") { return .assertion(.textStart) }
        if take("\\z") { return .assertion(.textEnd) }
        if take("\\Z") { return .assertion(.lineEnd) }
        return .set(try escapedSet())
    }
}

extension PatternParser {
    /// `\s`, `\p{L}`, `\u00A0`, `\.` and their kind, inside a class or outside.
    private mutating func escapedSet() throws(ZondaError) -> ScalarSet {
        at += 1
        guard let scalar = next else { throw failure("ends in a backslash") }
        at += 1
        switch scalar {
        case "s": return .whitespace
        case "S": return .complement(.whitespace)
        case "d": return .digit
        case "D": return .complement(.digit)
        case "w": return .word
        case "W": return .complement(.word)
        case "h": return .ranges([0x30...0x39, 0x41...0x46, 0x61...0x66])
        case "p", "P": return try property(negated: scalar == "P")
        default: return ScalarSet(try literal(after: scalar), ignoringCase: ignoresCase)
        }
    }

    private mutating func property(negated: Bool) throws(ZondaError) -> ScalarSet {
        var name = ""
        var isNegated = negated
        if take("{") {
            if take("^") { isNegated.toggle() }
            while let scalar = next, scalar != "}" {
                name.unicodeScalars.append(scalar)
                at += 1
            }
            guard take("}") else { throw failure("has a property without its '}'") }
        } else if let scalar = next {
            name.unicodeScalars.append(scalar)
            at += 1
        }
        guard let set = ScalarSet(property: name) else { throw failure("names the unknown property '\(name)'") }
        return isNegated ? .complement(set) : set
    }

    /// The scalar that a backslash and `scalar` stand for.
    private mutating func literal(after scalar: Unicode.Scalar) throws(ZondaError) -> UInt32 {
        switch scalar {
        case "n": return 0x0A
        case "r": return 0x0D
        case "t": return 0x09
        case "f": return 0x0C
        case "v": return 0x0B
        case "a": return 0x07
        case "e": return 0x1B
        case "0": return 0
        case "u": return try hexadecimal(digits: 4)
        case "x":
            guard take("{") else { return try hexadecimal(digits: 2) }
            let value = try hexadecimal(digits: 8)
            guard take("}") else { throw failure("has '\\x{' without its '}'") }
            return value
        case "a"..."z", "A"..."Z", "1"..."9": throw failure("has the escape '\\\(scalar)'")
        default: return scalar.value
        }
    }

    /// Up to `digits` of them.
    private mutating func hexadecimal(digits: Int) throws(ZondaError) -> UInt32 {
        var value: UInt32 = 0
        var count = 0
        while count < digits, let scalar = next, let digit = Character(scalar).hexDigitValue, value < 0x110000 {
            value = value << 4 | UInt32(digit)
            count += 1
            at += 1
        }
        guard count > 0, value < 0x110000 else { throw failure("has a character number that is none") }
        return value
    }

    /// `[...]` with ranges, negation, nested classes, `[:alpha:]` and intersections `&&`.
    private mutating func characterClass() throws(ZondaError) -> ScalarSet {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maxDepth else { throw failure("nests deeper than \(Self.maxDepth)") }
        at += 1
        let isNegated = take("^")
        var intersected: [ScalarSet] = []
        var members: [ScalarSet] = []
        var isFirst = true
        while true {
            guard let scalar = next else { throw failure("has an unmatched '['") }
            if scalar == "]", !isFirst {
                at += 1
                break
            }
            if take("&&") {
                intersected.append(.merged(members))
                members = []
                continue
            }
            members.append(try classMember())
            isFirst = false
        }
        var set = ScalarSet.merged(members)
        if !intersected.isEmpty { set = .intersection(intersected + [set]) }
        return isNegated ? .complement(set) : set
    }

    private mutating func classMember() throws(ZondaError) -> ScalarSet {
        if take("[:") {
            let isNegated = take("^")
            var name = ""
            while let scalar = next, scalar != ":" {
                name.unicodeScalars.append(scalar)
                at += 1
            }
            guard take(":]"), let set = ScalarSet(property: name) else {
                throw failure("names the unknown class '\(name)'")
            }
            return isNegated ? .complement(set) : set
        }
        if next == "[" { return try characterClass() }
        let low: UInt32
        if next == "\\" {
            let set = try escapedSet()
            guard case .ranges(let ranges) = set, ranges[0].count == 1, at < scalars.count, scalars[at] == "-" else {
                return set
            }
            low = ranges[0].lowerBound
        } else {
            low = scalars[at].value
            at += 1
        }
        // A '-' before the closing bracket or before a nested class stands for itself.
        guard next == "-", at + 1 < scalars.count, scalars[at + 1] != "]", scalars[at + 1] != "[" else {
            return ScalarSet(low, ignoringCase: ignoresCase)
        }
        at += 1
        let high: UInt32
        if next == "\\" {
            guard case .ranges(let ranges) = try escapedSet(), ranges[0].count == 1 else {
                throw failure("has a range that ends in a class")
            }
            high = ranges[0].lowerBound
        } else {
            high = scalars[at].value
            at += 1
        }
        guard low <= high else { throw failure("has a range that runs backwards") }
        return ranged(low...high)
    }

    private func ranged(_ range: ClosedRange<UInt32>) -> ScalarSet {
        guard ignoresCase else { return .ranges([range]) }
        var ranges = [range]
        for (lower, upper) in [(UInt32(0x61), UInt32(0x41)), (0x41, 0x61)] {
            let overlap = range.clamped(to: lower...lower + 25)
            if overlap.lowerBound >= lower, range.overlaps(lower...lower + 25) {
                ranges.append(overlap.lowerBound - lower + upper...overlap.upperBound - lower + upper)
            }
        }
        return .ranges(ranges)
    }
}

extension ScalarSet {
    /// The union, with ranges and categories gathered so that a test walks few parts.
    fileprivate static func merged(_ sets: [ScalarSet]) -> ScalarSet {
        var ranges: [ClosedRange<UInt32>] = []
        var categories: ScalarCategory = []
        var rest: [ScalarSet] = []
        for set in sets {
            switch set {
            case .ranges(let more): ranges += more
            case .categories(let more): categories.formUnion(more)
            default: rest.append(set)
            }
        }
        var parts: [ScalarSet] = categories.isEmpty ? [] : [.categories(categories)]
        if !ranges.isEmpty { parts.append(.ranges(ranges)) }
        parts += rest
        return parts.count == 1 ? parts[0] : .union(parts)
    }
}
