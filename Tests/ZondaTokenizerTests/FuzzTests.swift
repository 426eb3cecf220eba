import TestSupport
import Testing
import ZondaCore
import ZondaFormats

@testable import ZondaTokenizer

/// Damaged files become errors, or tokenizers that work; never a crash.
@Suite struct FuzzTests {
    private static let texts = ["", " ", "Hello  wörld\n", "ab<s>ab \u{0}e\u{301} 12345'S", "▁<0x41>的🦙\u{FFFD}"]

    private func exercise(_ tokenizer: Tokenizer, _ random: inout SplitMix64) throws {
        for text in Self.texts {
            guard let ids = try attempt({ try tokenizer.encode(text) }) else { continue }
            _ = try attempt { try tokenizer.decode(ids) }
        }
        let ids = (0..<8).map { _ in TokenID(truncatingIfNeeded: random.next() % 64) - 4 } + [.max, .min]
        _ = try attempt { try tokenizer.decode(ids, skipSpecialTokens: true) }
        var stream = StreamingDetokenizer(tokenizer)
        _ = try attempt {
            for id in ids { _ = try stream.append(id) }
            _ = try stream.finish()
        }
    }

    /// The result of `body`, nil for a `ZondaError`; any other error fails the test.
    private func attempt<T>(_ body: () throws -> T) throws -> T? {
        do { return try body() } catch is ZondaError { return nil }
    }

    static let files: [String] = [
        #"""
        {"added_tokens":[{"id":9,"content":"<s>","special":true,"lstrip":true,"rstrip":true,"single_word":true}],
        "normalizer":{"type":"Sequence","normalizers":[{"type":"NFKC"},{"type":"Lowercase"},{"type":"Prepend","prepend":"▁"},
        {"type":"Replace","pattern":{"Regex":" {2,}"},"content":"▁"},{"type":"Strip","strip_left":true,"strip_right":false}]},
        "pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"(?i:'s|'t)|\\p{N}{1,3}|\\s+(?!\\S)|[^\\s\\p{L}]?\\p{L}+"},
        "behavior":"MergedWithNext","invert":false},{"type":"Digits","individual_digits":true},{"type":"Metaspace","replacement":"▁","prepend_scheme":"first"}]},
        "model":{"type":"BPE","unk_token":"a","fuse_unk":true,"byte_fallback":true,"ignore_merges":false,
        "vocab":{"a":0,"b":1,"ab":2,"▁":3,"▁ab":4,"<0x41>":5,"e":6,"<0xE7>":7,"l":8},"merges":["a b",["▁","ab"]]},
        "post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>"}},{"Sequence":{"id":"A"}}],"special_tokens":{"<s>":{"ids":[9]}}},
        "decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},
        {"type":"Strip","content":" ","start":1,"stop":0}]}}
        """#,
        #"""
        {"added_tokens":[{"id":1,"content":" zonda","normalized":true}],"normalizer":{"type":"Nmt"},
        "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":true},"decoder":{"type":"ByteLevel"},
        "post_processor":{"type":"Sequence","processors":[{"type":"ByteLevel"},{"type":"BertProcessing","sep":["x",1],"cls":["y",2]}]},
        "model":{"type":"Unigram","unk_id":0,"byte_fallback":true,"vocab":[["<unk>",0.0],["a",-1.5],["Ġ",-2.0],["Ġa",-2.5],["ab",-3e0],["<0x41>",-9]]}}
        """#,
        #"""
        {"normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true},
        "pre_tokenizer":{"type":"BertPreTokenizer"},"decoder":{"type":"WordPiece","prefix":"##","cleanup":true},
        "post_processor":{"type":"RobertaProcessing","sep":["x",1],"cls":["y",2]},
        "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":10,
        "vocab":{"[UNK]":0,"a":1,"##b":2,"hello":3,"##c":70}}}
        """#,
        #"""
        {"pre_tokenizer":{"type":"Whitespace"},"decoder":{"type":"CTC","pad_token":"a","word_delimiter_token":"|","cleanup":true},
        "normalizer":{"type":"Precompiled","precompiled_charsmap":"CAAAAAAEAAABAACAYWIA"},
        "model":{"type":"WordLevel","unk_token":"u","vocab":{"u":0,"ab":1,"Hello":2,"12345":3}}}
        """#,
    ]

    @Test func tokenizerFiles() throws {
        var random = SplitMix64(seed: 7)
        var loaded = 0
        for (index, file) in Self.files.enumerated() {
            let original = Array(file.utf8)
            _ = try Tokenizer(parsing: original.span)
            var mutator = ByteMutator(seed: UInt64(index))
            for _ in 0..<ByteMutator.roundCount / 4 {
                let bytes = mutator.mutated(original)
                guard let tokenizer = try attempt({ try Tokenizer(parsing: bytes.span) }) else { continue }
                loaded += 1
                try exercise(tokenizer, &random)
            }
        }
        #expect(loaded > 1000)
    }

    @Test func sentencePieceModels() throws {
        var random = SplitMix64(seed: 8)
        var loaded = 0
        for type in [1, 2] {
            let original = SentencePieceBuilder.model(type: type)
            _ = try Tokenizer(sentencePiece: original.span)
            var mutator = ByteMutator(seed: UInt64(type))
            for _ in 0..<ByteMutator.roundCount / 2 {
                let bytes = mutator.mutated(original)
                guard let tokenizer = try attempt({ try Tokenizer(sentencePiece: bytes.span) }) else { continue }
                loaded += 1
                try exercise(tokenizer, &random)
            }
        }
        #expect(loaded > 1000)
    }

    /// Whole files with random bytes changed, and files whose tables contradict each other.
    @Test func ggufMetadata() throws {
        var random = SplitMix64(seed: 9)
        var loaded = 0
        for kind in ["gpt2", "llama", "t5", "bert"] {
            var mutator = ByteMutator(seed: 10)
            for round in 0..<ByteMutator.roundCount / 4 {
                var bytes = Self.ggufFile(kind, &random, isSound: round % 2 == 0)
                if round % 2 == 0 { bytes = mutator.mutated(bytes) }
                let tokenizer = try attempt {
                    try bytes.withUnsafeBytes {
                        try Tokenizer(gguf: GGUFFile(parsing: $0.bytes, name: "fuzz").metadata)
                    }
                }
                guard let tokenizer else { continue }
                loaded += 1
                try exercise(tokenizer, &random)
            }
        }
        #expect(loaded > 1000)
    }

    private static func ggufFile(_ kind: String, _ random: inout SplitMix64, isSound: Bool) -> [UInt8] {
        var tokens = ["<s>", "a", "b", "ab", "▁", "▁a", "Ġ", "Ġa", "<0x41>", "<unk>", "的", "1"]
        var merges = ["a b", "Ġ a"]
        var kinds: [UInt32] = [3, 1, 1, 1, 1, 1, 1, 1, 6, 2, 1, 4]
        var scores: [Float] = [0, -1, -2, -3, -4, -5, -6, -7, -8, 0, -9, -10]
        if !isSound {
            tokens.swapAt(Int(random.next() % 12), Int(random.next() % 12))
            tokens[Int(random.next() % 12)] = ["", "a", " ", "\u{0}", "aaaaaaaaaaaaaaaa"][Int(random.next() % 5)]
            merges.append(["a", "a  b", "b ab", " ", "", "zz a", "ab ab"][Int(random.next() % 7)])
            kinds[Int(random.next() % 12)] = UInt32(truncatingIfNeeded: random.next() % 9)
            scores[Int(random.next() % 12)] = [Float.nan, .infinity, -.infinity, 0, 1e38][Int(random.next() % 5)]
            if random.next() % 8 == 0 { tokens.removeLast(Int(random.next() % 12)) }
            if random.next() % 8 == 0 { scores.removeLast(Int(random.next() % 12)) }
        }
        var builder = GGUFBuilder()
        builder.add("tokenizer.ggml.model", kind)
        builder.add("tokenizer.ggml.pre", ["gpt-2", "llama-bpe", "falcon", "tekken"][Int(random.next() % 4)])
        builder.add("tokenizer.ggml.tokens", tokens)
        builder.add("tokenizer.ggml.merges", merges)
        builder.add("tokenizer.ggml.scores", scores)
        let header = GGUFBuilder.bytes(of: UInt32(5)) + GGUFBuilder.bytes(of: UInt64(kinds.count))
        builder.add("tokenizer.ggml.token_type", type: 9, header + kinds.flatMap { GGUFBuilder.bytes(of: $0) })
        builder.add("tokenizer.ggml.bos_token_id", UInt32(truncatingIfNeeded: random.next() % 14))
        builder.add("tokenizer.ggml.unknown_token_id", isSound ? UInt32(9) : .max)
        return builder.build()
    }

    /// Random bytes and ids through the golden tokenizers; what was streamed equals what decodes as a whole.
    @Test(arguments: GoldenTokenizerTests.names) func anyTextAndIDs(_ name: String) throws {
        let (tokenizer, cases) = try GoldenTokenizerTests.load(name)
        var mutator = ByteMutator(seed: 11)
        var random = SplitMix64(seed: 12)
        for round in 0..<ByteMutator.roundCount / 25 {
            let text = mutator.mutated(Array(cases[round % cases.count].text.utf8))
            let ids = try tokenizer.encode(bytes: text, parseSpecial: round % 2 == 0)
            #expect(ids.allSatisfy { 0..<tokenizer.vocabularyCount ~= Int($0) })
            let drawn = (0..<20).map { _ in TokenID(truncatingIfNeeded: random.next() % 1010) - 2 }
            for ids in [ids, drawn] {
                var stream = StreamingDetokenizer(tokenizer)
                var streamed = ""
                for id in ids { streamed += try stream.append(id) }
                streamed += try stream.finish()
                let decoded = try tokenizer.decode(ids)
                #expect(streamed == decoded)
            }
        }
    }
}

/// Writes small SentencePiece models.
enum SentencePieceBuilder {
    static func field(_ number: Int, _ value: [UInt8]) -> [UInt8] {
        varint(UInt64(number << 3 | 2)) + varint(UInt64(value.count)) + value
    }

    static func field(_ number: Int, _ value: UInt64) -> [UInt8] { varint(UInt64(number << 3)) + varint(value) }

    private static func varint(_ value: UInt64) -> [UInt8] {
        var value = value
        var bytes: [UInt8] = []
        while value >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        return bytes + [UInt8(value)]
    }

    static func piece(_ text: String, _ score: Float, kind: UInt64) -> [UInt8] {
        let bits = withUnsafeBytes(of: score.bitPattern.littleEndian, Array.init)
        return field(1, field(1, Array(text.utf8)) + [0x15] + bits + field(3, kind))
    }

    /// Type 1 is unigram, 2 byte pairs.
    static func model(type: Int) -> [UInt8] {
        var bytes = piece("<unk>", 0, kind: 2) + piece("<s>", 0, kind: 3) + piece("</s>", 0, kind: 3)
        let texts = ["▁", "a", "b", "ab", "▁ab", "l", "lo", "▁H", "ello", "的"]
        for (index, text) in texts.enumerated() { bytes += piece(text, -Float(index), kind: 1) }
        bytes += piece("<0x41>", 0, kind: 6) + piece("<tool>", 0, kind: 4)
        bytes += field(2, field(3, UInt64(type)) + field(35, 1) + field(40, 0) + field(41, 1) + field(42, 2))
        return bytes + field(3, field(3, 1) + field(4, UInt64(type == 1 ? 1 : 0)))
    }
}
