import TestSupport
import Testing
import ZondaCore
import ZondaFormats
import ZondaGrammar
import ZondaTokenizer

@testable import Zonda

/// Which texts an answer may be where functions, a form of the content, or both are asked for.
struct ConstraintPlanTests {
    private static let formats: [ToolFormat] = [
        .hermes, .llama3, .mistralList, .mistralNamed, .granite3, .phi4, .tagList, .qwenTags,
    ]
    private static let content = OutputConstraint.jsonSchema(json(#"{"enum": [{"answer": "yes"}]}"#))
    private static let answer = #"{"answer": "yes"}"#

    private let tokenizer: Tokenizer

    init() throws {
        tokenizer = try TextModel(gguf: try GGUFModel(path: Golden.path("gguf/llama.gguf")).metadata).tokenizer
    }

    private static func json(_ text: String) -> JSONValue {
        do { return try JSONValue(parsing: text, name: "test") } catch { return .string("\(error)") }
    }

    private func plan(
        _ format: ToolFormat, _ choice: ToolChoice, _ content: OutputConstraint?, strict: Bool = false,
        parallel: Bool = true
    ) throws -> ConstraintPlan? {
        var request = ChatCompletionRequest(messages: [.user("Weather?")])
        request.tools = [
            Self.json(
                """
                {"type": "function", "function": {"name": "get.weather", "strict": \(strict), "parameters": {
                    "type": "object", "properties": {"city": {"enum": ["Bern", "Zürich"]}}, "required": ["city"],
                    "additionalProperties": false}}}
                """)
        ]
        request.toolChoice = choice
        request.allowsParallelToolCalls = parallel
        let tools = try ToolSet(request)
        return ConstraintPlan(content: content, tools: tools, format: tools.functions.isEmpty ? nil : format)
    }

    private func grammar(_ plan: ConstraintPlan?) throws -> TokenGrammar {
        let plan = try #require(plan)
        return try TokenGrammar(
            try plan.grammar(tokenizer),
            GrammarVocabulary(tokens: (0..<256).map { [UInt8($0)] } + [nil], endTokens: [256]))
    }

    /// Whether a text may be the whole answer, byte by byte.
    private func takes(_ text: String, _ grammar: TokenGrammar) throws -> Bool {
        var state = GrammarState(grammar)
        func allows(_ token: TokenID) throws -> Bool {
            try state.mask()[Int(token) >> 5] >> UInt32(token & 31) & 1 == 1
        }
        for byte in text.utf8 {
            guard try allows(TokenID(byte)) else { return false }
            try state.accept(TokenID(byte))
        }
        return try allows(256)
    }

    private func calls(_ format: ToolFormat, _ arguments: String...) -> String {
        format.text(of: arguments.map { ToolCall(id: "", name: "get.weather", arguments: $0) })
    }

    private let good = #"{"city": "Bern"}"#
    private let bad = #"{"city": "Rome"}"#

    @Test(arguments: formats) func requiredCallsStandAlone(_ format: ToolFormat) throws {
        // A form of the content says nothing of an answer that has none.
        for content in [nil, Self.content] {
            let grammar = try grammar(try plan(format, .required, content))
            #expect(try takes(calls(format, good), grammar))
            #expect(try takes(calls(format, good, good), grammar) == format.allowsSeveral)
            for text in [calls(format, bad), Self.answer, "", "Well. " + calls(format, good)] {
                #expect(try !takes(text, grammar), "\(text)")
            }
        }
    }

    @Test(arguments: formats) func contentOrCalls(_ format: ToolFormat) throws {
        let free = try grammar(try plan(format, .auto, Self.content))
        #expect(try takes(Self.answer, free))
        #expect(try takes(calls(format, good), free))
        #expect(try takes(calls(format, bad), free), "the schema of a function that is not strict is advice")
        for text in ["Well.", Self.answer + calls(format, good), calls(format, good) + Self.answer, "{}"] {
            #expect(try !takes(text, free), "\(text)")
        }
        let strict = try grammar(try plan(format, .auto, Self.content, strict: true))
        #expect(try takes(Self.answer, strict) && takes(calls(format, good), strict))
        #expect(try !takes(calls(format, bad), strict))
        let single = try grammar(try plan(format, .auto, Self.content, parallel: false))
        #expect(try takes(calls(format, good), single) && !takes(calls(format, good, good), single))
    }

    @Test(arguments: formats) func strictCallsWithinText(_ format: ToolFormat) throws {
        let grammar = try grammar(try plan(format, .auto, nil, strict: true))
        for text in ["", "Well.", "Well.\n" + calls(format, good), calls(format, good)] {
            #expect(try takes(text, grammar), "\(text)")
        }
        #expect(try !takes(calls(format, bad), grammar) && !takes("Well.\n" + calls(format, bad), grammar))
        #expect(try plan(format, .auto, nil) == nil, "nothing is asked of calls that are not strict")
    }

    @Test(arguments: formats) func noneIsContentAlone(_ format: ToolFormat) throws {
        let grammar = try grammar(try plan(format, .none, Self.content, strict: true))
        #expect(try takes(Self.answer, grammar) && !takes(calls(format, good), grammar))
        #expect(try plan(format, .none, nil, strict: true) == nil)
    }

    /// What the grammar lets through is what the reader takes for calls.
    @Test(arguments: formats) func theReaderSeesTheCalls(_ format: ToolFormat) {
        var reader = AnswerReader(AnswerReader.Format(tools: format, schemas: ["get.weather": .null]))
        var arguments = ""
        for part in reader.append(calls(format, good)) + reader.finish() {
            if case .callArguments(_, let text) = part { arguments += text }
        }
        #expect(reader.completeCallCount == 1 && arguments == good)
        var other = AnswerReader(AnswerReader.Format(tools: format, schemas: ["get.weather": .null]))
        #expect(other.append(Self.answer) + other.finish() == [.content(Self.answer)])
    }
}
