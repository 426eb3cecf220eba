import TestSupport
import Testing
import ZondaCore
import ZondaFormats

@testable import ZondaTokenizer

/// Loads tokenizers from memory. A span of a temporary array crashes the optimizer of Swift 6.3, so they are named.
enum SmallTokenizer {
    static func load(_ json: String) throws -> Tokenizer {
        let bytes = Array(json.utf8)
        return try Tokenizer(parsing: bytes.span)
    }

    static func loadSentencePiece(_ bytes: [UInt8]) throws -> Tokenizer { try Tokenizer(sentencePiece: bytes.span) }
}

@Suite struct BadTokenizerTests {
    @Test(arguments: [
        (#"{"vocab":{"a":0},"merges":["a b"]}"#, "vocabulary lacks"), (#"{"vocab":{"a":0,"b":0},"merges":[]}"#, "id 0"),
        (#"{"vocab":{"a":4194304},"merges":[]}"#, "4194303"), (#"{"vocab":{"a":-1},"merges":[]}"#, "\"a\""),
        (#"{"vocab":{"a":0},"merges":[["a"]]}"#, "an array"), (#"{"vocab":{"a":0},"merges":["a a a"]}"#, "a a a"),
        (#"{"vocab":[],"merges":[]}"#, "not an object"), (#"{"vocab":{"a":0},"merges":[],"unk_token":"u"}"#, "\"u\""),
        (#"{"type":"Unigram","vocab":[["a"]]}"#, "entry 0"),
        (#"{"type":"Unigram","vocab":[["a",0]],"unk_id":1}"#, "unk_id"),
    ]) func models(_ model: String, _ word: String) {
        expectError(.badFile, word) { _ = try SmallTokenizer.load(#"{"model":\#(model)}"#) }
    }

    @Test(arguments: [
        (#""normalizer":{"type":"Klingon"}"#, "Klingon"),
        (#""pre_tokenizer":{"type":"UnicodeScripts"}"#, "UnicodeScripts"),
        (#""decoder":{"type":"X"}"#, "decoder"), (#""post_processor":{"type":"X"}"#, "post_processor"),
        (#""pre_tokenizer":{"type":"Split","pattern":{"Regex":"\\K"},"behavior":"Isolated"}"#, #"\K"#),
    ]) func unknownParts(_ part: String, _ word: String) {
        let file = #"{"model":{"vocab":{"a":0},"merges":[]},\#(part)}"#
        expectError(.unsupported, word) { _ = try SmallTokenizer.load(file) }
    }

    @Test func dropoutIsRefused() {
        let file = #"{"model":{"vocab":{"a":0},"merges":[],"dropout":0.1}}"#
        expectError(.unsupported, "dropout", "0.1") { _ = try SmallTokenizer.load(file) }
    }

    @Test func textWithoutTokensIsAnError() throws {
        let file = #"{"model":{"type":"WordLevel","vocab":{"a":0}}}"#
        let tokenizer = try SmallTokenizer.load(file)
        expectError(.badRequest, "\"b\"") { _ = try tokenizer.encode("b") }
    }

    @Test func notSentencePiece() {
        expectError(.badFile, "tokenizer.model") { _ = try SmallTokenizer.loadSentencePiece([0xFF, 0xFF]) }
        expectError(.badFile, "without pieces") { _ = try SmallTokenizer.loadSentencePiece([]) }
    }
}

/// Small tokenizers whose answers can be worked out by hand.
@Suite struct TokenizerTests {
    @Test func sentencePieceModels() throws {
        let pairs = try SmallTokenizer.loadSentencePiece(SentencePieceBuilder.model(type: 2))
        #expect(pairs.addsBOS)
        // "▁ab" at once; "A" by its byte; "z" is unknown; the tool's own token.
        #expect(try pairs.encode("abAz<tool>") == [1, 7, 13, 0, 14])
        #expect(try pairs.decode([1, 7, 13, 14], skipSpecialTokens: true) == "abA<tool>")
        let unigram = try SmallTokenizer.loadSentencePiece(SentencePieceBuilder.model(type: 1))
        #expect(try unigram.encode("  ab   ab ") == [3, 6, 3, 6, 2])
        #expect(try unigram.decode([3, 6, 3, 6]) == "ab ab")
    }

    @Test func configurationOverridesWhatIsPutAround() throws {
        let file = Array(#"{"model":{"vocab":{"<s>":0,"</s>":1,"a":2},"merges":[]}}"#.utf8)
        let json = #"{"bos_token":{"content":"<s>"},"eos_token":"</s>","add_bos_token":true,"add_eos_token":true}"#
        let configuration = try JSONValue(parsing: json, name: "tokenizer_config.json")
        let tokenizer = try Tokenizer(parsing: file.span, configuration: configuration)
        #expect(try tokenizer.encode("a") == [0, 2, 1])
        #expect(tokenizer.addsBOS)
        #expect(tokenizer.special.eos == 1)
        #expect(tokenizer.endTokens == [1])
    }

    @Test func specialTokensInTextCanBeLeftAsText() throws {
        let (tokenizer, _) = try GoldenTokenizerTests.load("qwen2")
        let end = try #require(tokenizer.id(of: "<|im_end|>"))
        #expect(try tokenizer.encode("<|im_end|>") == [end])
        #expect(try !tokenizer.encode("<|im_end|>", parseSpecial: false).contains(end))
        #expect(tokenizer.token(of: end) == "<|im_end|>")
        #expect(tokenizer.token(of: 1_000_000) == nil)
    }

    @Test(arguments: [
        (UnicodeForm.nfc, "e\u{301}\u{323}", "\u{1EB9}\u{301}"), (.nfd, "\u{1E69}", "s\u{323}\u{307}"),
        (.nfkc, "ﬁ①Å가", "fi1Å가"), (.nfkd, "가\u{FDFA}", "\u{1100}\u{1161}صلى الله عليه وسلم"),
        (.nfc, "\u{1112}\u{1161}\u{11AB}\u{212B}", "한Å"), (.nfc, "\u{0958}", "\u{0915}\u{093C}"),
    ]) func normalization(_ form: UnicodeForm, _ text: String, _ expected: String) {
        #expect(form.normalize(Array(text.utf8)) == Array(expected.utf8), "\(form.rawValue)")
    }

    @Test func incompleteCharacters() {
        for (bytes, isInside) in [
            ([0x41], false), ([0xC3], true), ([0xE2, 0x96], true), ([0xE2, 0x96, 0x81], false),
            ([0xF0, 0x9F, 0xA6], true),
            ([0xE0, 0x80], false), ([0x80], false), ([0xED, 0xA0], false), ([0xF4, 0x90], false), ([], false),
        ] as [([UInt8], Bool)] {
            #expect(endsInsideCharacter(bytes) == isInside, "\(bytes)")
        }
    }
}
