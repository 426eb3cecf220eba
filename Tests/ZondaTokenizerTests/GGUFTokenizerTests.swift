import TestSupport
import Testing
import ZondaCore
import ZondaFormats

@testable import ZondaTokenizer

@Suite struct GGUFTokenizerTests {
    static let isThere = Golden.shared("tokenizers/gguf") != nil

    @Test(
        .enabled(if: isThere, "shared golden data is not there"),
        arguments: ["gpt-2", "llama-bpe", "llama-spm", "phi-3", "qwen2", "starcoder"])
    func realVocabulary(_ name: String) throws {
        try Self.check(name, #require(Golden.shared("tokenizers/gguf/ggml-vocab-\(name).gguf")))
    }

    static func check(_ name: String, _ path: String) throws {
        let tokenizer = try Tokenizer(gguf: GGUFModel(path: path).metadata)
        let texts = try Files.text(path + ".inp").split(
            separator: "\n__ggml_vocab_test__\n", omittingEmptySubsequences: false)
        let lines = try Files.text(path + ".out").split(separator: "\n", omittingEmptySubsequences: false)
        #expect(texts.count > 20)
        for (text, line) in zip(texts, lines) {
            let expected = line.split(separator: " ").compactMap { TokenID($0) }
            let ids = try tokenizer.encode(String(text), addSpecialTokens: false, parseSpecial: false)
            #expect(ids == expected, "\(String(text).debugDescription)")
            #expect(try tokenizer.decode(ids) == String(text), "\(String(text).debugDescription)")
        }
    }
}
