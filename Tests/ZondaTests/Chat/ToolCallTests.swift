import OrderedCollections
import TestSupport
import Testing
import ZondaCore
import ZondaFormats

@testable import Zonda

/// Tools on real models: whatever the model would like to say, its answer is calls that fit.
@Suite(.enabled(if: RealModels.smolLM2 != nil, RealModels.missing), .serialized)
struct ToolCallTests {
    static let models = [RealModels.smolLM2, RealModels.qwenCoder].compactMap { $0 }

    private func runner(_ path: String, batch: Int = 1) async throws -> Runner {
        try await Runner(
            which: .plain(modelID: path).withMaxSeqLen(1024).withMaxBatchSize(batch),
            options: RunnerOptions { $0.threads = 2 })
    }

    private func request(_ choice: ToolChoice, temperature: Double = 0) throws -> ChatCompletionRequest {
        let tools = try JSONValue(
            parsing: """
                [{"type": "function", "function": {"name": "get_weather", "description": "The weather in a city",
                  "strict": true, "parameters": {"type": "object", "additionalProperties": false,
                  "required": ["city", "unit"], "properties": {"city": {"type": "string", "maxLength": 20},
                  "unit": {"enum": ["celsius", "fahrenheit"]}}}}},
                 {"type": "function", "function": {"name": "now", "description": "The time"}}]
                """, name: "tools")
        var request = ChatCompletionRequest(
            messages: [.user("What is the weather in Paris, in celsius?")], maxTokens: 160, temperature: temperature,
            seed: 3)
        request.tools = tools.array ?? []
        request.toolChoice = choice
        return request
    }

    private func check(_ call: ToolCall) throws {
        #expect(call.id.wholeMatch(of: /call_[0-9a-f]{24}/) != nil)
        let arguments = try #require(try JSONValue(parsing: call.arguments, name: call.arguments).object)
        switch call.name {
        case "get_weather":
            #expect(Set(arguments.keys) == ["city", "unit"])
            #expect(["celsius", "fahrenheit"].contains(arguments["unit"]?.string))
            #expect((arguments["city"]?.string?.unicodeScalars.count ?? 99) <= 20)
        case "now": #expect(arguments.isEmpty)
        default: Issue.record("\(call)")
        }
    }

    @Test(arguments: models) func aNamedFunctionIsCalledOnce(_ model: String) async throws {
        let runner = try await runner(model)
        for temperature in [0, 1.0] {
            let choice = try await runner.sendChatCompletionRequest(
                request(.function("get_weather"), temperature: temperature)
            ).choices[0]
            #expect(choice.finishReason == .toolCalls)
            #expect(choice.message.content == "")
            #expect(choice.message.toolCalls.map(\.name) == ["get_weather"])
            for call in choice.message.toolCalls { try check(call) }
        }
    }

    @Test(arguments: models) func requiredCallsComeInParts(_ model: String) async throws {
        let runner = try await runner(model)
        var request = try request(.required, temperature: 1)
        request.allowsParallelToolCalls = false
        let whole = try await runner.sendChatCompletionRequest(request)
        #expect(whole.choices[0].message.toolCalls.count == 1)
        for call in whole.choices[0].message.toolCalls { try check(call) }
        var calls: [ToolCall] = []
        var argumentParts = 0
        var reason: FinishReason?
        for try await chunk in runner.streamChatCompletionRequest(request) {
            for choice in chunk.choices {
                #expect(choice.delta.content == "")
                for part in choice.toolCalls {
                    if let id = part.id { calls.append(ToolCall(id: id, name: part.name ?? "", arguments: "")) }
                    #expect(part.index == calls.count - 1)
                    calls[part.index].arguments += part.arguments
                    if !part.arguments.isEmpty { argumentParts += 1 }
                }
                reason = choice.finishReason ?? reason
            }
        }
        #expect(reason == .toolCalls)
        #expect(calls.map(\.name) == whole.choices[0].message.toolCalls.map(\.name))
        #expect(calls.map(\.arguments) == whole.choices[0].message.toolCalls.map(\.arguments))
        if calls.first?.name == "get_weather" { #expect(argumentParts > 3, "arguments are streamed") }
    }

    @Test(arguments: models) func withoutTools(_ model: String) async throws {
        let runner = try await runner(model)
        let shown = try runner.chatPrompt(try request(.auto))
        let hidden = try runner.chatPrompt(try request(.none))
        #expect(shown.count > hidden.count + 50)
        #expect(try runner.detokenize(shown).contains("get_weather"))
        #expect(!(try runner.detokenize(hidden).contains("get_weather")))
        let choice = try await runner.sendChatCompletionRequest(try request(.none)).choices[0]
        #expect(choice.message.toolCalls.isEmpty)
    }

    @Test(arguments: models) func aSchemaHoldsAtAnyTemperature(_ model: String) async throws {
        let runner = try await runner(model, batch: 4)
        let schema = try JSONValue(
            parsing: """
                {"type": "object", "additionalProperties": false, "required": ["name", "age"], "properties":
                 {"name": {"type": "string", "maxLength": 16}, "age": {"type": "integer", "minimum": 1, "maximum": 120}}}
                """, name: "schema")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for seed in 0..<12 {
                group.addTask {
                    var request = ChatCompletionRequest(
                        messages: [.user("Invent a person.")], maxTokens: 120, temperature: 1, seed: UInt64(seed))
                    request.constraint = .jsonSchema(schema)
                    let choice = try await runner.sendChatCompletionRequest(request).choices[0]
                    let value = try JSONValue(parsing: choice.message.content, name: choice.message.content)
                    #expect((1...120).contains(value["age"]?.integer ?? 0))
                    #expect(value["name"]?.string != nil)
                    #expect(choice.finishReason == .stop)
                }
            }
            try await group.waitForAll()
        }
    }

    @Test(.enabled(if: RealModels.qwenCoder != nil, "Qwen2.5-Coder is not there"))
    func aRoundTrip() async throws {
        let runner = try await runner(try #require(RealModels.qwenCoder))
        var request = try request(.required)
        let message = try await runner.sendChatCompletionRequest(request).choices[0].message
        let call = try #require(message.toolCalls.first)
        request.messages += [
            message,
            ChatMessage(role: "tool", content: "{\"temperature\": 31}", fields: ["tool_call_id": .string(call.id)]),
        ]
        request.toolChoice = .auto
        let prompt = try runner.detokenize(try runner.chatPrompt(request), skipSpecialTokens: false)
        #expect(prompt.contains("<tool_call>\n{\"name\": \"\(call.name)\", \"arguments\": {"))
        #expect(prompt.contains("<tool_response>\n{\"temperature\": 31}\n</tool_response>"))
        let answer = try await runner.sendChatCompletionRequest(request).choices[0]
        #expect(answer.message.content.isEmpty == !answer.message.toolCalls.isEmpty)
    }
}
