import OrderedCollections
import TestSupport
import Testing
import ZondaCore
import ZondaFormats
import ZondaGrammar

@testable import Zonda

/// Arguments without quotes are what the function's schema says.
struct TagCallTests {
    private static func json(_ text: String) -> JSONValue {
        do { return try JSONValue(parsing: text, name: "test") } catch { return .string("\(error)") }
    }

    @Test(arguments: [
        (#"{"type": "string"}"#, "5", #""5""#), (#"{"type": "string"}"#, #"{"a": 1}"#, #""{\"a\": 1}""#),
        (#"{"type": "string"}"#, "a\nb\n", #""a\nb\n""#), (#"{"type": "string"}"#, #""a""#, #""\"a\"""#),
        (#"{"type": "integer"}"#, "5", "5"), (#"{"type": "integer"}"#, "five", #""five""#),
        (#"{"type": "integer"}"#, "5.5", "5.5"), (#"{"type": "number"}"#, "1.5e3", "1.5e3"),
        (#"{"type": "boolean"}"#, "True", "true"), (#"{"type": "boolean"}"#, "false", "false"),
        (#"{"type": "array"}"#, "[1, 2]", "[1, 2]"), (#"{"type": "object"}"#, #"{"a": "b"}"#, #"{"a": "b"}"#),
        (#"{"type": ["string", "null"]}"#, "null", "null"), (#"{"type": ["string", "null"]}"#, "5", #""5""#),
        (#"{"anyOf": [{"type": "integer"}, {"type": "null"}]}"#, "null", "null"),
        (#"{"enum": [1, 2]}"#, "2", "2"), (#"{"enum": ["1", "2"]}"#, "2", #""2""#), ("{}", "5", #""5""#),
        ("{}", "[5]", "[5]"), ("{}", "[5", #""[5""#),
    ])
    func values(schema: String, text: String, expected: String) {
        #expect(TagArgument(Self.json(schema)).json(text) == expected)
    }

    private static let schema = json(
        """
        {"type": "object", "required": ["path", "mode"], "properties": {
            "path": {"type": "string"}, "mode": {"enum": ["read", "write"]}, "limit": {"$ref": "#/$defs/limit"},
            "lines": {"type": "array", "items": {"$ref": "#/$defs/limit"}, "maxItems": 3}},
         "$defs": {"limit": {"type": "integer", "minimum": 0, "maximum": 9}}}
        """)

    private func call(_ arguments: String...) -> String {
        "<tool_call>\n<function=open>\n\(arguments.joined())</function>\n</tool_call>"
    }

    private func argument(_ key: String, _ value: String) -> String {
        "<parameter=\(key)>\n\(value)\n</parameter>\n"
    }

    @Test func theReaderTypesThem() throws {
        var reader = AnswerReader(AnswerReader.Format(tools: .qwenTags, schemas: ["open": Self.schema]))
        let text = call(
            argument("path", "5"), argument("lines", "[1, 2]"), argument("mode", "x < y\n</para"), argument("é\"", "z"))
        var arguments = ""
        for part in reader.append(text) + reader.finish() {
            if case .callArguments(_, let text) = part { arguments += text }
        }
        #expect(reader.completeCallCount == 1)
        #expect(
            try JSONValue(parsing: arguments, name: arguments)
                == .object(["path": "5", "lines": .array([1, 2]), "mode": "x < y\n</para", "é\"": "z"]))
    }

    @Test(arguments: [
        "<tool_call>\n<function=shut>\n</function>", "<tool_call>\n<function=open\n>", "<tool_call>\n<func=open>",
        "<tool_call>{\"name\": \"open\"}</tool_call>",
    ])
    func whatIsNoCallIsText(_ text: String) {
        var reader = AnswerReader(AnswerReader.Format(tools: .qwenTags, schemas: ["open": Self.schema]))
        #expect(reader.append(text) + reader.finish() == [.content(text)])
    }

    /// Whether a text may be the answer where the function must be called.
    private func takes(_ text: String, _ schema: JSONValue, strict: Bool = false) throws -> Bool {
        var request = ChatCompletionRequest(messages: [.user("a")])
        request.tools = [
            .object([
                "type": "function",
                "function": .object(["name": "open", "parameters": schema, "strict": .bool(strict)]),
            ])
        ]
        request.toolChoice = .required
        let plan = try #require(ConstraintPlan(content: nil, tools: try ToolSet(request), format: .qwenTags))
        let text = Array(text.utf8)
        let tokenizer = try TextModel(gguf: try GGUFModel(path: Golden.path("gguf/llama.gguf")).metadata).tokenizer
        var state = GrammarState(
            try TokenGrammar(
                try plan.grammar(tokenizer),
                GrammarVocabulary(tokens: (0..<256).map { [UInt8($0)] } + [nil], endTokens: [256])))
        for token in text.map({ TokenID($0) }) + [256] {
            guard try state.mask()[Int(token) >> 5] >> UInt32(token & 31) & 1 == 1 else { return false }
            if token != 256 { try state.accept(token) }
        }
        return true
    }

    @Test func theGrammarHoldsThem() throws {
        let (path, mode) = (argument("path", "a <b>\n</parameter"), argument("mode", "read"))
        #expect(try takes(call(path, mode), Self.schema))
        #expect(try takes(call(argument("path", ""), mode, argument("lines", "[1,9]")), Self.schema))
        #expect(try takes(call(path, mode), Self.schema, strict: false))
        for arguments in [
            path, mode, path + argument("mode", "other"), path + mode + argument("lines", "[10]"),
            path + mode + argument("more", "x"), argument("path", "a</parameter>b") + mode,
        ] {
            #expect(try !takes(call(arguments), Self.schema), "\(arguments)")
        }
    }

    /// What can't be kept without quotes is an error for who insists.
    @Test func patternsOfStrings() throws {
        let schema = Self.json(#"{"type": "object", "properties": {"a": {"type": "string", "pattern": "b"}}}"#)
        #expect(try takes(call(argument("a", "c")), schema))
        let error = #expect(throws: ZondaError.self) { try takes(call(), schema, strict: true) }
        #expect(error?.code == .unsupported && error?.message.contains("pattern") == true)
    }
}
