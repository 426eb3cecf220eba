import TestSupport

@testable import ZondaGrammar

/// Random grammars over a few characters: recursive, ambiguous, with counts.
struct RandomGrammar {
    var random: SplitMix64
    /// Characters of one, two and three bytes.
    static let alphabet: [Unicode.Scalar] = ["a", "b", "c", "é", "€"]

    mutating func below(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }

    /// A grammar in which each rule reads something before it calls another, so that none is left-recursive.
    mutating func next() -> Grammar {
        let ruleCount = 1 + below(4)
        var rules: [Expression] = []
        for _ in 0..<ruleCount {
            var alternatives: [Expression] = [.literal([UInt8(ascii: "a")])]
            for _ in 0..<(1 + below(3)) {
                alternatives.append(
                    .sequence([character(), expression(depth: 2, ruleCount), expression(depth: 1, ruleCount)]))
            }
            if below(4) == 0 { alternatives.append(.empty) }
            rules.append(.choice(alternatives))
        }
        return Grammar(rules: rules, root: .sequence([expression(depth: 2, ruleCount), .rule(0)]))
    }

    private mutating func character() -> Expression {
        switch below(4) {
        case 0: return .scalars(ScalarSet([UInt32(ascii("a"))...UInt32(ascii("b"))]))
        case 1: return .scalars(ScalarSet("aé€"))
        default: return .literal(String(Character(Self.alphabet[below(5)])))
        }
    }

    private func ascii(_ scalar: Unicode.Scalar) -> UInt32 { scalar.value }

    private mutating func expression(depth: Int, _ ruleCount: Int) -> Expression {
        guard depth > 0 else { return below(2) == 0 ? character() : .rule(below(ruleCount)) }
        switch below(7) {
        case 0: return .choice((0..<(1 + below(3))).map { _ in expression(depth: depth - 1, ruleCount) })
        case 1: return .sequence((0..<below(3)).map { _ in expression(depth: depth - 1, ruleCount) })
        case 2: return .repeated(expression(depth: depth - 1, ruleCount), min: below(3), max: nil)
        case 3:
            let min = below(3)
            return .repeated(expression(depth: depth - 1, ruleCount), min: min, max: min + below(3))
        case 4: return .optional(expression(depth: depth - 1, ruleCount))
        case 5: return .rule(below(ruleCount))
        default: return character()
        }
    }
}
