import OrderedCollections
import TestSupport
import Testing
import ZondaFormats

/// `zonda tokenize` and `zonda template`.
struct TextCommandTests {
    @Test(arguments: ["gpt2", "llama2", "unigram"]) func tokenizeLines(_ name: String) async throws {
        let cases = try #require(try Golden.json("tokenizers/\(name)/cases.json").array)
        let input = cases.map { JSONValue.object(["text": $0["text"] ?? .null, "special": .bool(true)]).text }
        let result = try await Command.run(
            "tokenize", Golden.path("tokenizers/\(name)/tokenizer.json"), "--jsonl",
            input: input.joined(separator: "\n"))
        #expect(result.status == 0, "\(result.errors)")
        let answers = try result.jsonLines()
        #expect(answers.count == cases.count)
        for (answer, expected) in zip(answers, cases) {
            #expect(answer["ids"] == expected["ids_special"], "\(expected)")
            #expect(answer["decoded"] == expected["decoded"])
            #expect(answer["decodedSkipSpecial"] == expected["decoded_skip_special"])
        }
    }

    @Test func badLinesAreAnswered() async throws {
        let lines = ["{\"text\": \"a\"", "{\"txt\": 1}", "[]", "\u{1}", "", "{\"text\": \"a\", \"special\": false}"]
        let tokenizer = Golden.path("tokenizers/gpt2/tokenizer.json")
        let result = try await Command.run("tokenize", tokenizer, "--jsonl", input: lines.joined(separator: "\n"))
        #expect(result.status == 0)
        let answers = try result.jsonLines()
        #expect(answers.map { $0["error"] == nil } == [false, false, false, false, true])
    }

    @Test func tokenizeText() async throws {
        let tokenizer = Golden.path("tokenizers/gpt2/tokenizer.json")
        let object = try await Command.run("tokenize", tokenizer, "Hello, world", "--json").json()
        let ids = try #require(object["ids"]?.array)
        #expect(ids.count > 1)
        #expect(object["decoded"] == .string("Hello, world"))
        let table = try await Command.run("tokenize", tokenizer, input: "Hello, world")
        #expect(table.text.split(separator: "\n").count == ids.count)
        let missing = try await Command.run("tokenize", "/nowhere/tokenizer.json", "Hi")
        #expect(missing.status == 1)
        #expect(missing.errors.contains("/nowhere/tokenizer.json"))
    }

    @Test func templateLines() async throws {
        let features = try Golden.json("jinja_features.json")
        let cases = try #require(features["cases"]?.array)
        let input = cases.map { item in
            JSONValue.object([
                "source": item["source"] ?? .null, "context": item["context"] ?? .object([:]),
                "now": features["now"] ?? .null,
            ]).text
        }
        let result = try await Command.run("template", "--jsonl", input: input.joined(separator: "\n"))
        #expect(result.status == 0, "\(result.errors)")
        let answers = try result.jsonLines()
        #expect(answers.count == cases.count)
        for (answer, expected) in zip(answers, cases) {
            #expect(answer["text"] == expected["expected"], "\(expected)")
            #expect((answer["error"] == nil) == (expected["error"] == nil), "\(expected)")
        }
    }

    @Test func templateErrors() async throws {
        let lines = [
            #"{"source": "{{ raise_exception('no system') }}", "context": {}}"#,
            #"{"source": "{% if %}", "context": {}}"#,
            #"{"source": "a"}"#, #"{"source": "a", "context": {}, "now": "yesterday"}"#,
            #"{"source": "{{ now }}", "context": {"now": "then"}}"#,
        ]
        let answers = try await Command.run("template", "--jsonl", input: lines.joined(separator: "\n")).jsonLines()
        #expect(answers.count == 5)
        #expect(answers.first?["raised"] == .string("no system"))
        #expect(answers.dropLast().allSatisfy { $0["error"]?.string?.isEmpty == false })
        #expect(answers.last?["text"] == .string("then"))
        #expect(try await Command.run("template", "--jsonl", Golden.path("gguf/llama.gguf")).status == 64)
        #expect(try await Command.run("template").status == 64)
        let none = try await Command.run("template", Golden.path("gguf/llama.gguf"), "Hi")
        #expect(none.status == 1)
        #expect(none.errors.contains("no chat template"))
    }
}
