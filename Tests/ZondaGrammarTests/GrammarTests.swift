import Synchronization
import TestSupport
import Testing
import ZondaCore

@testable import ZondaGrammar

/// Grammars put together from parts, and the life of a state.
@Suite struct GrammarTests {
    private func check(_ grammar: Grammar, accepts: [String], refuses: [String]) throws {
        for text in accepts { #expect(try grammar.accepts(text), "\(text.debugDescription)") }
        for text in refuses { #expect(try !grammar.accepts(text), "\(text.debugDescription)") }
    }

    @Test func partsInOrder() throws {
        let yes = Grammar.choice([.literal("yes"), .literal("ja")])
        try check(.sequence([yes, .literal("!")]), accepts: ["yes!", "ja!"], refuses: ["yes", "!", "yesja!"])
        try check(.repeated(yes, 1...2), accepts: ["yes", "jayes"], refuses: ["", "jajaja"])
        try check(.repeated(yes, 2...), accepts: ["jaja", "jayesja"], refuses: ["ja"])
        try check(.text, accepts: ["", "anything: é€🦙"], refuses: [])
    }

    @Test func countsBeyondWhatIsSpelledOut() throws {
        let grammar = Grammar.repeated(.literal("abc"), 1000...1002)
        try check(
            grammar, accepts: [String(repeating: "abc", count: 1000), String(repeating: "abc", count: 1002)],
            refuses: [String(repeating: "abc", count: 999), String(repeating: "abc", count: 1003)])
    }

    @Test func freeTextGoesOnOnlyWhereTheTriggerDoes() throws {
        let grammar = Grammar.freeText(until: "<t>", then: .literal("call</t>"))
        try check(
            grammar, accepts: ["", "hello <t", "<<t>call</t>", "a<t>call</t>b<t>call</t>c"],
            refuses: ["<t>", "<t>x", "a<t>call", "a<t>call</t><t>"])
        try check(
            .freeText(until: "aab", then: .literal("!"), atMost: 1), accepts: ["aaab!a", "ab"],
            refuses: ["aab", "aab!aab!"])
        try check(.freeText(without: "aab"), accepts: ["aaa", "abab", "aa"], refuses: ["aab", "xaaab"])
    }

    @Test func specialTokensTakePartWhereTheyAreNamed() throws {
        // 258 is a special token, 257 the same as text, which a grammar that names it must not take for text.
        let tokens = (0...255).map { [UInt8($0)] } + [nil, Array("<call>".utf8), nil]
        let vocabulary = GrammarVocabulary(tokens: tokens, endTokens: [256])
        for call in [TokenID(257), 258] {
            let grammar = try TokenGrammar(.freeText(until: call, then: .literal("f")), vocabulary)
            var state = GrammarState(grammar)
            #expect(try state.allowed().contains(call))
            try state.accept(TokenID(UInt8(ascii: "x")))
            try state.accept(call)
            #expect(try state.allowed() == [TokenID(UInt8(ascii: "f"))])
            #expect(!state.mayEnd)
            try state.accept(TokenID(UInt8(ascii: "f")))
            #expect(state.mayEnd)
        }
        let plain = try TokenGrammar(.literal("a"), vocabulary)
        var state = GrammarState(plain)
        #expect(try state.allowed() == [TokenID(UInt8(ascii: "a"))])
        expectError(.badRequest, "token 999") { _ = try TokenGrammar(.token(999), vocabulary) }
    }

    @Test func endsOnceAndOnlyWhereTheTextIsComplete() throws {
        let vocabulary = Vocabularies.bytes(and: ["ab"])
        let end = TokenID(vocabulary.count - 1)
        var state = GrammarState(try TokenGrammar(.literal("ab"), vocabulary))
        expectError(.badRequest, "token \(end)") { try state.accept(end) }
        expectError(.badRequest, "token 99") { try state.accept(99) }
        #expect(try state.allowed() == [TokenID(UInt8(ascii: "a")), 256])
        try state.accept(256)
        #expect(state.mayEnd && !state.hasEnded)
        #expect(try state.allowed() == [end])
        try state.accept(end)
        #expect(state.hasEnded)
        #expect(try state.allowed() == [end])
        expectError(.badRequest) { try state.accept(256) }
        expectError(.badRequest) { try state.accept(-1) }
    }

    @Test func aCopyGoesItsOwnWay() throws {
        var first = GrammarState(try TokenGrammar(.choice([.literal("ab"), .literal("cd")]), Vocabularies.bytes()))
        var second = first
        try first.accept(TokenID(UInt8(ascii: "a")))
        try second.accept(TokenID(UInt8(ascii: "c")))
        #expect(try first.allowed() == [TokenID(UInt8(ascii: "b"))])
        #expect(try second.allowed() == [TokenID(UInt8(ascii: "d"))])
    }

    @Test func whatCantBeIsAnError() throws {
        expectError(.badRequest, "no text at all") { _ = try TokenGrammar(.choice([]), Vocabularies.bytes()) }
        let noBytes = GrammarVocabulary(tokens: [Array("x".utf8), nil], endTokens: [1])
        var state = GrammarState(try TokenGrammar(.literal("xy"), noBytes))
        try state.accept(0)
        expectError(.badRequest, "no token of the vocabulary") { _ = try state.mask() }
    }

    /// Tables that are begun anew all the time change nothing.
    @Test func fullTablesAreBegunAnew() throws {
        let text = #"{"a": [1, {"b": "c"}, [[null]]], "d": "e"}"#
        let vocabulary = Vocabularies.bytes(and: ["\": ", "]]", "}", "[["])
        let grammar = try TokenGrammar(.jsonObject, vocabulary)
        let small = try TokenGrammar(.jsonObject, vocabulary, maxCacheBytes: 0)
        var states = (GrammarState(grammar), GrammarState(small))
        for byte in text.utf8 {
            #expect(try states.0.mask() == states.1.mask())
            try states.0.accept(TokenID(byte))
            try states.1.accept(TokenID(byte))
        }
        #expect(states.0.mayEnd && states.1.mayEnd)
        #expect(small.tables.withLock { $0.renewalCount } > text.utf8.count)
    }

    @Test func manyThreadsShareAGrammar() async throws {
        let grammar = try TokenGrammar(.jsonObject, Vocabularies.bytes(and: ["{\"", "\": ", "}}", "tru"]))
        let texts = (0..<16).map { #"{"k\#($0)": [\#($0), true, {"x": "y"}]}"# }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for text in texts {
                group.addTask {
                    for _ in 0..<20 {
                        var state = GrammarState(grammar)
                        for byte in text.utf8 {
                            let mask = try state.mask()
                            #expect(mask[Int(byte) >> 5] >> UInt32(byte & 31) & 1 == 1)
                            try state.accept(TokenID(byte))
                        }
                        #expect(state.mayEnd)
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
