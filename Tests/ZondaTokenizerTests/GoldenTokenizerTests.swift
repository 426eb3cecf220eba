import TestSupport
import Testing
import ZondaCore
import ZondaFormats

@testable import ZondaTokenizer

/// The nine small tokenizers of the golden data: every case, as the library `tokenizers` answers it.
@Suite struct GoldenTokenizerTests {
    static let names = [
        "gemma", "gpt2", "llama2", "llama3", "mistral_metaspace", "qwen2", "starcoder", "unigram", "wordpiece",
    ]

    struct Case {
        let text: String
        let ids: [TokenID]
        let idsSpecial: [TokenID]
        let decoded: String
        let decodedSkipSpecial: String
        let stream: [String]

        init(_ json: JSONValue) throws {
            text = try #require(json["text"]?.string)
            ids = try #require(json["ids"]?.array).compactMap { $0.integer.map(TokenID.init) }
            idsSpecial = try #require(json["ids_special"]?.array).compactMap { $0.integer.map(TokenID.init) }
            decoded = try #require(json["decoded"]?.string)
            decodedSkipSpecial = try #require(json["decoded_skip_special"]?.string)
            stream = try #require(json["stream"]?.array).compactMap(\.string)
        }
    }

    static func load(_ name: String) throws -> (Tokenizer, [Case]) {
        let folder = Golden.path("tokenizers/\(name)")
        let file = try Files.bytes("\(folder)/tokenizer.json")
        let tokenizer = try Tokenizer(parsing: file.span)
        let json = try JSONValue(parsing: Files.text("\(folder)/cases.json"), name: "cases.json")
        return (tokenizer, try #require(json.array).map(Case.init))
    }

    @Test(arguments: names) func everyCase(_ name: String) throws {
        let (tokenizer, cases) = try Self.load(name)
        #expect(cases.count == 54)
        for wanted in cases {
            let text = wanted.text.debugDescription
            #expect(try tokenizer.encode(wanted.text, addSpecialTokens: false) == wanted.ids, "\(text)")
            #expect(try tokenizer.encode(wanted.text) == wanted.idsSpecial, "\(text)")
            #expect(try tokenizer.decode(wanted.idsSpecial) == wanted.decoded, "\(text)")
            let skipped = try tokenizer.decode(wanted.idsSpecial, skipSpecialTokens: true)
            #expect(skipped == wanted.decodedSkipSpecial, "\(text)")
        }
    }

    @Test(arguments: names) func everyPrefixDecodes(_ name: String) throws {
        let (tokenizer, cases) = try Self.load(name)
        for wanted in cases {
            #expect(wanted.stream.count == wanted.ids.count)
            for (index, text) in wanted.stream.enumerated() {
                #expect(try tokenizer.decode(wanted.ids[...index]) == text, "\(wanted.text.debugDescription)")
            }
        }
    }

    /// What is streamed is never taken back: after n tokens it begins the text of those n, and it ends as the whole.
    @Test(arguments: names) func everyStream(_ name: String) throws {
        let (tokenizer, cases) = try Self.load(name)
        for wanted in cases {
            var stream = StreamingDetokenizer(tokenizer)
            var text = ""
            for (index, id) in wanted.ids.enumerated() {
                text += try stream.append(id)
                #expect(wanted.stream[index].utf8.starts(with: text.utf8), "\(wanted.text.debugDescription)")
            }
            text += try stream.finish()
            #expect(text == wanted.stream.last ?? "", "\(wanted.text.debugDescription)")
        }
    }
}
