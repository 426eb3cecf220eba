import TestSupport
import Testing
import ZondaCore

@testable import ZondaGrammar

/// Masks of random grammars against a matcher that tries everything.
@Suite struct BruteForceTests {
    /// Tokens that cross characters and rules, twins, and a piece of a character.
    static let texts = ["a", "ab", "ba", "aa", "abc", "bb", "cc", "é", "aé", "éa", "€", "€b", "ca", "cab", "a"]

    @Test(arguments: [0, 1, 2, 3]) func everyMaskIsExact(_ seed: UInt64) throws {
        var source = RandomGrammar(random: SplitMix64(seed: seed))
        let vocabulary = Vocabularies.bytes(and: Self.texts)
        var checked = 0
        for _ in 0..<400 {
            let grammar = source.next()
            let tokens = try TokenGrammar(grammar, vocabulary)
            for _ in 0..<3 { checked += try walk(tokens, grammar, &source) }
        }
        #expect(checked > 4000)
    }

    /// Follows random allowed tokens; at each step the whole mask must be what the matcher says.
    private func walk(_ tokens: TokenGrammar, _ grammar: Grammar, _ source: inout RandomGrammar) throws -> Int {
        var state = GrammarState(tokens)
        var text: [UInt8] = []
        for step in 0..<6 {
            let mask = try state.mask()
            for (id, bytes) in tokens.vocabulary.tokens.enumerated() {
                let isAllowed = mask[id >> 5] >> UInt32(id & 31) & 1 != 0
                if let bytes {
                    let truth = ReferenceMatcher.check(grammar, text + bytes)
                    #expect(isAllowed == truth.begins, "\(grammar) after \(text): token \(bytes)")
                } else {
                    #expect(
                        isAllowed == ReferenceMatcher.check(grammar, text).isComplete, "\(grammar): end after \(text)")
                }
                if isAllowed != (bytes.map { ReferenceMatcher.check(grammar, text + $0).begins } ?? isAllowed) {
                    return step
                }
            }
            let allowed = try state.allowed()
            let token = try #require(allowed.isEmpty ? nil : allowed[source.below(allowed.count)])
            try state.accept(token)
            guard let bytes = tokens.vocabulary.tokens[Int(token)] else { return step + 1 }
            text += bytes
        }
        return 6
    }
}
