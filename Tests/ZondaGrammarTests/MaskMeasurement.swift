import Glibc
import TestSupport
import ZondaCore
import ZondaFormats
import ZondaTokenizer

@testable import ZondaGrammar

/// Times of masks over documents as models write them: `Benchmarks/grammar/measure.py` runs it.
struct MaskMeasurement {
    struct Document {
        var name: String
        var grammar: Grammar
        var text: String
    }

    struct Times {
        var tokenCount = 0
        /// Microseconds: the first time through, then warm.
        var cold: [Double] = []
        var warm: [Double] = []
        var accepts: [Double] = []
        var compile = 0.0
        var cacheBytes = 0
    }

    let tokenizer: Tokenizer
    let vocabulary: GrammarVocabulary

    init(gguf path: String) throws {
        let tokenizer = try Tokenizer(gguf: GGUFModel(path: path).metadata)
        self.tokenizer = tokenizer
        let tokens = try (0..<tokenizer.vocabularyCount).map { try tokenizer.textBytes(of: TokenID($0)) }
        vocabulary = GrammarVocabulary(tokens: tokens, endTokens: tokenizer.endTokens)
    }

    func measure(_ document: Document, passes: Int = 20) throws -> Times {
        var times = Times()
        let ids = try tokenizer.encode(document.text, addSpecialTokens: false, parseSpecial: false)
        times.tokenCount = ids.count
        var grammar: TokenGrammar?
        times.compile = try Self.time { grammar = try TokenGrammar(document.grammar, vocabulary) }
        guard let grammar else { return times }
        for pass in 0..<passes {
            var state = GrammarState(grammar)
            for id in ids {
                var mask: [UInt32] = []
                let taken = try Self.time { mask = try state.mask() }
                guard mask[Int(id) >> 5] >> UInt32(id & 31) & 1 != 0 else {
                    throw ZondaError(.internalFault, "\(document.name): token \(id) of the document is masked")
                }
                let accepted = try Self.time { try state.accept(id) }
                if pass == 0 {
                    times.cold.append(taken)
                } else {
                    times.warm.append(taken)
                    times.accepts.append(accepted)
                }
            }
            _ = try state.mask()
            guard state.mayEnd else { throw ZondaError(.internalFault, "\(document.name) is not complete") }
        }
        times.cacheBytes = grammar.cachedByteCount
        return times
    }

    /// Microseconds of this thread's processor time, so that other work on the machine doesn't count.
    private static func time(_ body: () throws -> Void) rethrows -> Double {
        func now() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1e3
        }
        let start = now()
        try body()
        return now() - start
    }

    static func documents() throws -> [Document] {
        func schema(_ text: String) throws -> Grammar {
            try Grammar(jsonSchema: JSONValue(parsing: text, name: "schema"))
        }
        let prose = Array(
            repeating: "The quick brown fox jumps over the lazy dog; “naïve” café, 42 times.\\nThen it rests. ",
            count: 8
        ).joined()
        let person = """
            {"type": "object", "properties": {"name": {"type": "string", "maxLength": 100}, "age": {"type": "integer",
            "minimum": 0, "maximum": 150}, "email": {"type": "string", "format": "email"}, "born": {"type": "string",
            "format": "date"}, "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 10}, "address":
            {"type": "object", "properties": {"street": {"type": "string"}, "city": {"type": "string"}, "zip":
            {"type": "string", "pattern": "^[0-9]{5}$"}}, "required": ["street", "city"], "additionalProperties": false},
            "score": {"type": "number", "minimum": 0, "maximum": 100}, "role": {"enum": ["admin", "user", "guest"]},
            "manager": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}},
            "required": ["name", "age"], "additionalProperties": false}
            """
        let weather = """
            {"type": "object", "properties": {"city": {"type": "string"}, "unit": {"enum": ["celsius", "fahrenheit"]},
            "days": {"type": "integer"}}, "required": ["city"], "additionalProperties": false}
            """
        let bounded = """
            {"type": "object", "properties": {"summary": {"type": "string", "minLength": 10, "maxLength": 2000}},
            "required": ["summary"], "additionalProperties": false}
            """
        let call = Grammar.sequence([
            .literal("\n{\"name\": \"get_weather\", \"arguments\": "), try schema(weather), .literal("}\n</tool_call>"),
        ])
        let city = #"{"city": "Neustadt an der Weinstraße", "unit": "celsius", "days": 3}"#
        return [
            Document(
                name: "any JSON", grammar: .jsonObject,
                text: #"""
                    {
                        "items": [{"id": 1, "price": 12.50, "tags": ["a", "b c"], "ok": true}, {"id": 2, "none": null}],
                        "text": "He said \"hi\" — \u00e9\n", "deep": {"a": {"b": {"c": [1, [2, [3.5e-7]]]}}}
                    }
                    """#),
            Document(
                name: "schema: person", grammar: try schema(person),
                text: #"""
                    {
                      "name": "Ada Lovelace",
                      "age": 36,
                      "email": "ada.lovelace@example.org",
                      "born": "1815-12-10",
                      "tags": ["mathematics", "engines", "poetical science"],
                      "address": {"street": "12 St James's Square", "city": "London", "zip": "12345"},
                      "score": 99.5,
                      "role": "admin",
                      "manager": {"name": "Charles Babbage", "age": 44, "manager": null}
                    }
                    """#),
            Document(
                name: "schema: prose in a string",
                grammar: try schema(#"{"type": "object", "properties": {"text": {"type": "string"}}}"#),
                text: "{\"text\": \"\(prose)\"}"),
            Document(
                name: "schema: prose, 10 to 2000 characters", grammar: try schema(bounded),
                text: "{\"summary\": \"\(prose)\"}"),
            Document(
                name: "free text with tool calls", grammar: .freeText(until: "<tool_call>", then: call),
                text:
                    "Let me look that up for you, one moment.\n<tool_call>\n{\"name\": \"get_weather\", \"arguments\": \(city)}\n</tool_call>\nDone: it will be fine."
            ),
            Document(
                name: "regex: log lines",
                grammar: try Grammar(
                    regex: #"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z (INFO|WARN|ERROR) \[[a-z]+\] [^\n]{1,200}\n)+"#),
                text:
                    "2026-11-26T18:00:00Z INFO [server] listening on 127.0.0.1:8080\n2026-11-26T18:00:01Z ERROR [cache] evicted 17 pages, 3 left\n"
            ),
            Document(
                name: "GBNF: arithmetic",
                grammar: try Grammar(
                    gbnf: """
                        root  ::= (expr "=" ws term "\\n")+
                        expr  ::= term ([-+*/] ws term)*
                        term  ::= ident | num | "(" ws expr ")" ws
                        ident ::= [a-z] [a-z0-9_]* ws
                        num   ::= [0-9]+ ws
                        ws    ::= [ \\t]*
                        """),
                text: "(a + 1) * foo_bar = 42\nx*(y - (z + 100)) = result\n"),
        ]
    }
}
