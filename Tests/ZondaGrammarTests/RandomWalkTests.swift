import TestSupport
import Testing
import ZondaCore
import ZondaFormats
import ZondaTokenizer

@testable import ZondaGrammar

/// Random allowed tokens of a real vocabulary, until the end: whatever comes out is JSON that its schema accepts.
@Suite(.enabled(if: RealModels.smolLM2 != nil, RealModels.missing)) struct RandomWalkTests {
    static let schemas = [
        #"{"type": "object"}"#, "{}",
        #"{"type": "object", "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 20}, "age": {"type": "integer", "minimum": 0, "maximum": 150}, "tags": {"type": "array", "items": {"enum": ["a", "b", 3, null]}, "minItems": 1, "maxItems": 4}}, "required": ["name", "tags"], "additionalProperties": false}"#,
        ##"{"type": "object", "properties": {"value": {"type": "number", "minimum": -12.5, "maximum": 1000}, "next": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}}, "required": ["value", "next"], "additionalProperties": {"type": ["boolean", "string"]}}"##,
        #"{"type": "array", "items": {"anyOf": [{"type": "object", "properties": {"kind": {"const": "x"}, "n": {"type": "integer"}}, "required": ["kind"], "additionalProperties": false}, {"type": "string", "maxLength": 3}, {"type": "boolean"}]}, "minItems": 2, "maxItems": 40}"#,
    ]

    private static func vocabulary() throws -> GrammarVocabulary {
        let tokenizer = try Tokenizer(gguf: GGUFModel(path: #require(RealModels.smolLM2)).metadata)
        return GrammarVocabulary(
            tokens: try (0..<tokenizer.vocabularyCount).map { try tokenizer.textBytes(of: TokenID($0)) },
            endTokens: tokenizer.endTokens)
    }

    @Test func whatComesOutIsValid() throws {
        let vocabulary = try Self.vocabulary()
        var random = SplitMix64(seed: 1)
        for text in Self.schemas {
            let schema = try JSONValue(parsing: text, name: "schema")
            let grammar = try TokenGrammar(Grammar(jsonSchema: schema), vocabulary)
            var checked = 0
            for _ in 0..<25 {
                let bytes = try Self.walk(grammar, &random)
                let written = try #require(String(validating: bytes, as: UTF8.self))
                let value: JSONValue
                do { value = try JSONValue(parsing: written, name: "answer", maxDepth: 4000) } catch {
                    // Free names may come twice, which this parser refuses; nothing else may be wrong.
                    #expect(error.message.contains("is there twice"), "\(written): \(error)")
                    continue
                }
                #expect(SchemaChecker.accepts(schema, value, root: schema), "\(text): \(written)")
                checked += 1
            }
            #expect(checked > 12, "\(text)")
        }
    }

    /// Random tokens; in a long text, those that end something.
    private static func walk(_ grammar: TokenGrammar, _ random: inout SplitMix64) throws -> [UInt8] {
        var state = GrammarState(grammar)
        var bytes: [UInt8] = []
        var count = 0
        while !state.hasEnded {
            count += 1
            try #require(count < 20_000, "a walk that does not end")
            var allowed = try state.allowed()
            if count > 60 {
                if let end = allowed.first(where: grammar.vocabulary.endTokens.contains) {
                    allowed = [end]
                } else {
                    let closing = allowed.filter { token in
                        guard let bytes = grammar.vocabulary.tokens[Int(token)] else { return false }
                        return bytes.allSatisfy {
                            $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "}") || $0 == UInt8(ascii: "]")
                        }
                    }
                    let null = allowed.filter { grammar.vocabulary.tokens[Int($0)] == Array("null".utf8) }
                    if !closing.isEmpty { allowed = closing } else if !null.isEmpty { allowed = null }
                }
            }
            let token = allowed[Int(random.next() % UInt64(allowed.count))]
            try state.accept(token)
            bytes += grammar.vocabulary.tokens[Int(token)] ?? []
        }
        return bytes
    }
}
