import TestSupport
import Testing
import ZondaCore
import ZondaFormats
import ZondaGrammar
import ZondaTokenizer

@testable import Zonda

/// A grammar that begins behind thoughts.
struct ThoughtMarkersTests {
    private let text: TextModel
    private let vocabularyCount = 320

    init() throws { text = try TextModel(gguf: try GGUFModel(path: Golden.path("gguf/llama.gguf")).metadata) }

    private func isSet(_ mask: [UInt32], _ token: TokenID) -> Bool {
        mask[Int(token) >> 5] & (1 << UInt32(token & 31)) != 0
    }

    /// A token for one byte.
    private func token(_ byte: UInt8) throws -> TokenID {
        let digits = String(byte, radix: 16, uppercase: true)
        return try #require(text.tokenizer.id(of: "<0x\(byte < 16 ? "0" : "")\(digits)>"))
    }

    @Test func theAnswerBeginsBehindTheMarker() throws {
        let ends: Set<TokenID> = [2]
        let thoughts = try ThoughtMarkers(.think, text.tokenizer, endTokens: ends, vocabularyCount: vocabularyCount)
        #expect(thoughts.opening == nil)
        let tokens = try (0..<TokenID(vocabularyCount)).map { try text.tokenizer.textBytes(of: $0) }
        let grammar = try TokenGrammar(
            .sequence([.repeated(.literal("\n"), 0...2), .literal("yes")]),
            GrammarVocabulary(tokens: tokens, endTokens: ends))
        var state = ConstraintState(
            AnswerConstraint(
                grammar: grammar, endTokens: EndTokens(ends, vocabularyCount: vocabularyCount), thoughts: thoughts,
                beginsThinking: true), ignoresEndTokens: false)
        var position = 0
        func feed(_ text: String) throws {
            for byte in text.utf8 {
                let mask = try #require(try state.mask(at: position))
                #expect(isSet(mask, try token(byte)), "\(text): byte \(byte)")
                #expect(!isSet(mask, 2), "the answer may not end in thoughts")
                try state.accept(token(byte), at: position)
                position += 1
            }
        }
        try feed("Well, </thin or </think")
        try feed(">\n")
        let mask = try #require(try state.mask(at: position))
        #expect(isSet(mask, try token(UInt8(ascii: "y"))))
        #expect(!isSet(mask, try token(UInt8(ascii: "n"))))
        try feed("yes")
        #expect(state.isOver(after: position - 1))
        #expect(!state.isOver(after: position - 2))
        #expect(try state.mask(at: position) == nil)
        // What a step ahead of the end has sampled is passed over.
        try state.accept(9, at: position)
        #expect(try state.mask(at: position + 1) == nil)
    }

    @Test func aTokenTwiceIsTakenOnce() throws {
        let tokens = try (0..<TokenID(vocabularyCount)).map { try text.tokenizer.textBytes(of: $0) }
        let grammar = try TokenGrammar(try Grammar(regex: "ab*"), GrammarVocabulary(tokens: tokens, endTokens: [2]))
        var state = ConstraintState(
            AnswerConstraint(grammar: grammar, endTokens: EndTokens([2], vocabularyCount: vocabularyCount)),
            ignoresEndTokens: false)
        let (a, b) = (try token(UInt8(ascii: "a")), try token(UInt8(ascii: "b")))
        try state.accept(a, at: 0)
        try state.accept(b, at: 1)
        try state.accept(a, at: 0)
        try state.accept(b, at: 2)
        #expect(throws: ZondaError.self) { try state.accept(b, at: 4) }
        #expect(throws: ZondaError.self) { try state.accept(a, at: 3) }
    }

    @Test func masks() {
        #expect([UInt32].tokens([0, 33, 99], vocabularyCount: 40) == [1, 2])
        #expect([UInt32].tokens(except: [0, 33], vocabularyCount: 40) == [~1, 0xFD])
        #expect([UInt32].tokens(except: [], vocabularyCount: 64) == [.max, .max])
    }
}
