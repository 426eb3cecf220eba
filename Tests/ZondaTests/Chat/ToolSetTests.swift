import TestSupport
import Testing
import ZondaCore
import ZondaFormats

@testable import Zonda

/// What is said of tools that can't be called, and how conversations with calls reach a template.
struct ToolSetTests {
    private static let weather = json(
        """
        {"type": "function", "function": {"name": "get_weather", "parameters": {
            "type": "object", "properties": {"city": {"type": "string"}}}}}
        """)

    private static func json(_ text: String) -> JSONValue {
        do { return try JSONValue(parsing: text, name: "test") } catch { return .string("\(error)") }
    }

    private static func function(_ members: String) -> JSONValue {
        json("{\"type\": \"function\", \"function\": \(members)}")
    }

    private func request(_ tools: [JSONValue], _ choice: ToolChoice = .auto) -> ChatCompletionRequest {
        var request = ChatCompletionRequest(messages: [.user("Weather?")])
        request.tools = tools
        request.toolChoice = choice
        return request
    }

    private func expectError(_ request: ChatCompletionRequest, mentions texts: String...) {
        do throws(ZondaError) {
            _ = try ToolSet(request)
            Issue.record("\(request.tools) with \(request.toolChoice) is taken")
        } catch {
            #expect(error.code == .badRequest)
            for text in texts { #expect(error.description.contains(text), "\(error)") }
        }
    }

    @Test func badTools() {
        expectError(request([Self.json("{\"type\": \"retrieval\"}")]), mentions: "tools[0]", "function")
        expectError(request([Self.weather, Self.json("{\"type\": \"function\"}")]), mentions: "tools[1]")
        for name in ["", "a b", "é", "a/b", String(repeating: "x", count: 129)] {
            expectError(
                request([Self.function("{\"name\": \(JSONValue.string(name).text)}")]),
                mentions: "tools[0].function.name")
        }
        expectError(request([Self.weather, Self.weather]), mentions: "tools[1]", "get_weather")
        expectError(
            request([Self.function(#"{"name": "f", "parameters": []}"#)]), mentions: "parameters", "array")
        expectError(
            request([Self.function(#"{"name": "f", "strict": 1}"#)]), mentions: "strict", "integer")
        expectError(request([Self.weather], .function("get_time")), mentions: "get_time", "there are: get_weather")
        expectError(request([], .required), mentions: "required", "no tools")
        expectError(request(Array(repeating: Self.weather, count: 129)), mentions: "129", "128")
    }

    /// The longest names that an API has, and the dots of the Model Context Protocol.
    @Test func names() throws {
        for name in [String(repeating: "x", count: 128), "files.read-all_2"] {
            #expect(try ToolSet(request([Self.function("{\"name\": \"\(name)\"}")])).functions.map(\.name) == [name])
        }
    }

    @Test func choices() throws {
        #expect(try ToolSet(request([Self.weather])).functions.map(\.name) == ["get_weather"])
        #expect(try ToolSet(request([Self.weather], .none)).functions.isEmpty)
        #expect(try ToolSet(request([Self.weather], .required)).isForced)
        let other = Self.function(#"{"name": "now", "parameters": null, "strict": true}"#)
        let set = try ToolSet(request([Self.weather, other], .function("now")))
        #expect(set.functions.map(\.name) == ["now"])
        #expect(set.isForced && !set.allowsSeveral && set.hasStrict)
        #expect(set.functions[0].parameters == nil)
    }

    private static let templates: [(String, ToolFormat)] = [
        ("{% if tools %}<tool_call>\n{\"name\": <function-name>}", ToolFormat.hermes),
        ("[AVAILABLE_TOOLS] [TOOL_CALLS]", .mistralList), ("[TOOL_CALLS]name[ARGS]", .mistralNamed),
        ("{\"name\": function name, \"parameters\": dictionary}", .llama3), ("<|python_tag|>", .llama3),
        ("respond only with <|tool_call|> followed by a JSON list", .granite3),
        ("'<|tool|>' + message['tools'] + '<|/tool|>'", .phi4), ("<tool_calls>[", .tagList),
        ("<tool_call>\n<function=name>\n<parameter=key>\nvalue", .qwenTags),
        ("{{ messages }}", .hermes),
    ]

    @Test func formats() {
        for (template, format) in Self.templates { #expect(ToolFormat(template: template) == format, "\(template)") }
    }

    private let history: [ChatMessage] = [
        ChatMessage(role: "developer", content: "Be brief."), .user("Weather?"),
        ChatMessage(
            role: "assistant", content: "",
            toolCalls: [
                ToolCall(id: "call_0123456789abcdef01234567", name: "get_weather", arguments: "{\"city\": \"Bern\"}"),
                ToolCall(id: "call_2", name: "get_weather", arguments: "not JSON"),
            ]),
        ChatMessage(role: "tool", content: "Rain", fields: ["tool_call_id": "call_0123456789abcdef01234567"]),
    ]

    private func messages(_ template: String, tools: [JSONValue] = []) -> [JSONValue] {
        var request = request(tools)
        request.messages = history
        return TemplateDialect(template: template, format: ToolFormat(template: template)).messages(request)
    }

    @Test func callsOfTheHistory() {
        let messages = messages("tools tool_calls developer")
        #expect(messages[0]["role"] == "developer")
        #expect(messages[2]["content"] == "")
        let calls = messages[2]["tool_calls"]?.array
        #expect(calls?[0]["id"] == "call_0123456789abcdef01234567")
        #expect(calls?[0]["type"] == "function")
        #expect(calls?[0]["function"] == Self.json(#"{"name": "get_weather", "arguments": {"city": "Bern"}}"#))
        #expect(calls?[1]["function"] == Self.json(#"{"name": "get_weather", "arguments": "not JSON"}"#))
        #expect(messages[3]["tool_call_id"] == "call_0123456789abcdef01234567")
    }

    @Test func idsThatMistralTakes() throws {
        let messages = messages("tools tool_calls tool_call.id|length != 9")
        let id = try #require(messages[2]["tool_calls"]?.array?[0]["id"]?.string)
        #expect(id.count == 9 && id.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) })
        #expect(messages[3]["tool_call_id"]?.string == id)
        #expect(messages[2]["tool_calls"]?.array?[1]["id"]?.string != id)
        #expect(TemplateDialect.shortID("aB3dE6gH9") == "aB3dE6gH9")
    }

    @Test func templatesThatKnowLess() {
        let messages = messages("{{ messages }}", tools: [Self.weather])
        #expect(messages[0]["role"] == "system")
        let system = messages[0]["content"]?.string ?? ""
        #expect(system.hasPrefix("Be brief.\n\n# Tools"))
        #expect(system.contains(Self.weather.text))
        #expect(messages[2]["tool_calls"] == nil)
        #expect(
            messages[2]["content"]?.string?.hasPrefix(
                "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Bern\"}}\n</tool_call>\n<tool_call>"
            )
                == true)
        // Without tools, nothing is said of them.
        #expect(self.messages("{{ messages }}")[0]["content"] == "Be brief.")
    }

    @Test func phisFunctionsStandInTheSystemMessage() {
        let messages = messages("message['tools'] '<|/tool|>'", tools: [Self.weather])
        #expect(messages[0]["tools"]?.string?.hasPrefix("[{\"name\": \"get_weather\"") == true)
        #expect(messages[0]["content"] == "Be brief.")
    }

    @Test func whereAnswersBegin() {
        let think = ReasoningFormat.think
        #expect(think.beginning(after: "<|im_start|>assistant\n<think>\n") == .thinking)
        #expect(think.beginning(after: "<|im_start|>assistant\n<think>\n\n</think>\n\n") == .answering)
        #expect(think.beginning(after: "<think>a</think>b<|im_end|>\n<|im_start|>assistant\n") == .open)
    }
}
