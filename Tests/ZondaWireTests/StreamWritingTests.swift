import OrderedCollections
import Testing
import Zonda
import ZondaFormats
import ZondaWire

/// Chunks become the events that the clients of each API put together again.
struct StreamWritingTests {
    /// Thoughts, text, two calls, and the end.
    private let chunks: [ChatCompletionChunk] = [
        .make(), .make(reasoning: "hm"), .make(content: "Hel"), .make(content: "lo"),
        .make(toolCalls: [ToolCallDelta(index: 0, id: "c1", name: "f")]),
        .make(toolCalls: [ToolCallDelta(index: 0, arguments: "{\"a\"")]),
        .make(toolCalls: [ToolCallDelta(index: 0, arguments: ": 1}")]),
        .make(toolCalls: [ToolCallDelta(index: 1, id: "c2", name: "g", arguments: "{}")]),
        .make(finishReason: .toolCalls),
        .make(promptTokens: 9, completionTokens: 5, cachedTokens: 4, reasoningTokens: 2),
    ]

    @Test func chat() throws {
        var writer = ChatChunkWriter(fingerprint: "fp", includesUsage: true)
        let written = chunks.flatMap { writer.write($0) }
        #expect(written.allSatisfy { $0["object"] == "chat.completion.chunk" && $0["system_fingerprint"] == "fp" })
        let deltas = written.compactMap { $0["choices"]?.array?.first?["delta"] }
        #expect(deltas.count == 8)
        // The role comes once, with the first chunk.
        #expect(deltas.filter { $0["role"] == "assistant" }.count == 1 && deltas[0]["role"] == "assistant")
        #expect(deltas.compactMap { $0["reasoning_content"]?.string }.joined() == "hm")
        #expect(deltas.compactMap { $0["content"]?.string }.joined() == "Hello")
        let calls = deltas.compactMap { $0["tool_calls"]?.array?.first }
        #expect(calls.map { $0["index"] } == [0, 0, 0, 1])
        #expect(calls.map { $0["id"] } == ["c1", nil, nil, "c2"])
        #expect(calls.prefix(3).compactMap { $0["function"]?["arguments"]?.string }.joined() == #"{"a": 1}"#)
        let reasons = written.compactMap { $0["choices"]?.array?.first?["finish_reason"]?.string }
        #expect(reasons == ["tool_calls"])
        // The last one says the cost and has no choice; all others have none.
        #expect(written.dropLast().allSatisfy { $0["usage"] == .null })
        #expect(written.last?["choices"] == .array([]) && written.last?["usage"]?["total_tokens"] == 14)
        #expect(written.last?["usage"]?["prompt_tokens_details"]?["cached_tokens"] == 4)
        #expect(written.last?["usage"]?["completion_tokens_details"]?["reasoning_tokens"] == 2)
    }

    @Test func chatWithoutUsage() {
        var writer = ChatChunkWriter()
        let written = chunks.flatMap { writer.write($0) }
        #expect(written.count == 8 && written.allSatisfy { $0["usage"] == nil })
    }

    @Test func responses() throws {
        let body = try ResponsesBody(json(#"{"input": "a", "stream": true, "metadata": {"k": "v"}}"#))
        var writer = ResponsesWriter(body, model: "m", created: 5)
        let events = writer.start() + chunks.flatMap { writer.write($0) }
        #expect(events.map { $0.data["sequence_number"]?.integer } == Array(0..<events.count).map { $0 })
        #expect(events.allSatisfy { $0.data["type"]?.string == $0.name })
        let expected = [
            "response.created", "response.in_progress",
            "response.output_item.added", "response.content_part.added", "response.reasoning_text.delta",
            "response.reasoning_text.done", "response.content_part.done", "response.output_item.done",
            "response.output_item.added", "response.content_part.added", "response.output_text.delta",
            "response.output_text.delta", "response.output_text.done", "response.content_part.done",
            "response.output_item.done",
            "response.output_item.added", "response.function_call_arguments.delta",
            "response.function_call_arguments.delta", "response.function_call_arguments.done",
            "response.output_item.done",
            "response.output_item.added", "response.function_call_arguments.delta",
            "response.function_call_arguments.done", "response.output_item.done",
            "response.completed",
        ]
        #expect(events.map(\.name) == expected)
        let response = try #require(events.last?.data["response"])
        let output = try #require(response["output"]?.array)
        #expect(output.map { $0["type"] } == ["reasoning", "message", "function_call", "function_call"])
        #expect(output[1]["content"]?.array?[0]["text"] == "Hello")
        #expect(output[2]["call_id"] == "c1" && output[2]["arguments"] == #"{"a": 1}"#)
        #expect(response["status"] == "completed" && response["metadata"] == .object(["k": "v"]))
        #expect(response["usage"]?["input_tokens"] == 9)
        #expect(response["usage"]?["output_tokens_details"]?["reasoning_tokens"] == 2)
        // Each item is told of under the name and the place that it has in the end.
        let done = events.filter { $0.name == "response.output_item.done" }
        #expect(done.map { $0.data["item"]?["id"] } == output.map { $0["id"] })
        #expect(done.map { $0.data["output_index"] } == [0, 1, 2, 3])
    }

    @Test func responseThatIsCutOff() throws {
        var writer = ResponsesWriter(try ResponsesBody(json(#"{"input": "a"}"#)), model: "m", created: 5)
        let cut: [ChatCompletionChunk] = [
            .make(content: "Hel", finishReason: .length), .make(promptTokens: 1, completionTokens: 1),
        ]
        let last = try #require(cut.flatMap { writer.write($0) }.last)
        #expect(last.name == "response.incomplete")
        #expect(last.data["response"]?["incomplete_details"]?["reason"] == "max_output_tokens")
        #expect(last.data["response"]?["output"]?.array?[0]["status"] == "incomplete")
    }

    @Test func messages() throws {
        var writer = MessagesWriter(model: "m")
        let events = writer.start(inputTokens: 9) + chunks.flatMap { writer.write($0) }
        #expect(events.allSatisfy { $0.data["type"]?.string == $0.name })
        let starts = events.filter { $0.name == "content_block_start" }
        #expect(starts.map { $0.data["index"] } == [0, 1, 2, 3])
        #expect(starts.map { $0.data["content_block"]?["type"] } == ["thinking", "text", "tool_use", "tool_use"])
        #expect(events.filter { $0.name == "content_block_stop" }.map { $0.data["index"] } == [0, 1, 2, 3])
        let deltas = events.filter { $0.name == "content_block_delta" }.compactMap { $0.data["delta"] }
        #expect(deltas.compactMap { $0["text"]?.string }.joined() == "Hello")
        #expect(deltas.compactMap { $0["partial_json"]?.string }.joined() == #"{"a": 1}{}"#)
        let end = try #require(events.dropLast().last)
        #expect(end.data["delta"]?["stop_reason"] == "tool_use")
        // What came from the cache is not among the input.
        #expect(end.data["usage"]?["input_tokens"] == 5 && end.data["usage"]?["cache_read_input_tokens"] == 4)
        #expect(events.first?.name == "message_start" && events.last?.name == "message_stop")
    }

    @Test func logprobs() throws {
        let token = TokenLogprob.make(
            1, [0xC3, 0xA9], -0.5, alternatives: [(1, [0xC3, 0xA9], -0.5), (2, [0xC3], -.infinity)])
        var writer = ChatChunkWriter(logprobs: true)
        let json = try #require(writer.write(.make(content: "é", logprobs: [token])).first)
        let entry = try #require(json["choices"]?.array?[0]["logprobs"]?["content"]?.array?[0])
        #expect(entry["token"] == "é" && entry["logprob"] == .number(-0.5) && entry["bytes"] == .array([195, 169]))
        // A part of a character reads as none, and its bytes are what it is; what can't be has OpenAI's number.
        let other = try #require(entry["top_logprobs"]?.array?[1])
        #expect(other["token"] == "\u{FFFD}" && other["bytes"] == .array([0xC3]) && other["logprob"] == -9999)
    }
}
