import Testing

@testable import ZondaGrammar

/// A slow matcher that works on expressions as they are written, with nothing of the automata: the truth in tests.
///
/// - Precondition: no left recursion, and every expression has a text.
struct ReferenceMatcher {
    struct Result {
        /// Where a match may end.
        var ends: Set<Int> = []
        /// Whether the text is over within a match, so that more text could complete it.
        var isOpen = false
    }

    let grammar: Grammar
    let text: [UInt8]
    private var memo: [[Int]: Result] = [:]

    init(_ grammar: Grammar, _ text: [UInt8]) {
        self.grammar = grammar
        self.text = text
    }

    /// Whether the text is one of the grammar's, and whether it begins one.
    static func check(_ grammar: Grammar, _ text: [UInt8]) -> (isComplete: Bool, begins: Bool) {
        var matcher = ReferenceMatcher(grammar, text)
        let result = matcher.match(grammar.root, at: 0)
        let isComplete = result.ends.contains(text.count)
        return (isComplete, isComplete || result.isOpen)
    }

    private mutating func match(_ expression: Expression, at start: Int) -> Result {
        switch expression {
        case .literal(let bytes):
            for (offset, byte) in bytes.enumerated() {
                guard start + offset < text.count else { return Result(isOpen: true) }
                guard text[start + offset] == byte else { return Result() }
            }
            return Result(ends: [start + bytes.count])
        case .scalars(let scalars):
            guard start < text.count else { return Result(isOpen: true) }
            // Every character of the set, spelled out: slow, and nothing of the encoder.
            var result = Result()
            for range in scalars.ranges {
                for value in range {
                    guard let scalar = Unicode.Scalar(value) else { continue }
                    let bytes = Array(String(Character(scalar)).utf8)
                    let there = text[start...].prefix(bytes.count)
                    guard bytes.starts(with: there) else { continue }
                    if there.count == bytes.count {
                        result.ends.insert(start + bytes.count)
                    } else {
                        result.isOpen = true
                    }
                }
            }
            return result
        case .token: return Result()
        case .sequence(let parts): return match(parts, from: [start])
        case .choice(let parts):
            var result = Result()
            for part in parts {
                let found = match(part, at: start)
                result.ends.formUnion(found.ends)
                result.isOpen = result.isOpen || found.isOpen
            }
            return result
        case .repeated(let part, let min, let max):
            var result = Result(ends: min == 0 ? [start] : [])
            var current: Set<Int> = [start]
            var seen: Set<[Int]> = []
            var count = 0
            while !current.isEmpty, max.map({ count < $0 }) ?? true {
                count += 1
                let found = match([part], from: current)
                result.isOpen = result.isOpen || found.isOpen
                current = found.ends
                if count >= min { result.ends.formUnion(found.ends) }
                // Beyond the minimum, the same places again bring nothing new.
                if count >= min, !seen.insert(current.sorted()).inserted { break }
            }
            return result
        case .rule(let number):
            if let known = memo[[number, start]] { return known }
            let result = match(grammar.rules[number], at: start)
            memo[[number, start]] = result
            return result
        case .graph, .characters:
            Issue.record("random grammars have neither graphs nor sets of characters")
            return Result(ends: [])
        }
    }

    private mutating func match(_ parts: [Expression], from starts: Set<Int>) -> Result {
        var result = Result(ends: starts)
        for part in parts {
            var ends: Set<Int> = []
            for start in result.ends {
                let found = match(part, at: start)
                ends.formUnion(found.ends)
                result.isOpen = result.isOpen || found.isOpen
            }
            result.ends = ends
        }
        return result
    }
}
