import OrderedCollections
public import Zonda
public import ZondaFormats

extension ChatCompletionResponse {
    /// A `chat.completion` of OpenAI's API.
    ///
    /// - Parameters:
    ///   - fingerprint: what stands for the model and the engine that answered.
    ///   - logprobs: whether they were asked for.
    public func json(fingerprint: String? = nil, logprobs: Bool = false) -> JSONValue {
        .object([
            "id": .string(id), "object": "chat.completion", "created": .integer(created), "model": .string(model),
            "choices": .array(choices.map { $0.json(logprobs) }), "usage": usage.json,
            "system_fingerprint": .optional(fingerprint),
        ])
    }
}

extension ChatCompletionResponse.Choice {
    fileprivate func json(_ wantsLogprobs: Bool) -> JSONValue {
        .object([
            "index": .integer(index), "message": message.answerJSON,
            "logprobs": wantsLogprobs ? logprobs.chatJSON : .null, "finish_reason": .string(finishReason.rawValue),
        ])
    }
}

extension ChatMessage {
    /// The message of an answer. Without text it has no content where it calls functions.
    fileprivate var answerJSON: JSONValue {
        var members: JSONObject = ["role": .string(role)]
        members["content"] = content.isEmpty && !toolCalls.isEmpty ? .null : .string(content)
        members["refusal"] = .null
        if let reasoning { members["reasoning_content"] = .string(reasoning) }
        if !toolCalls.isEmpty { members["tool_calls"] = .array(toolCalls.map(\.json)) }
        return .object(members)
    }
}

extension ToolCall {
    fileprivate var json: JSONValue {
        .object([
            "id": .string(id), "type": "function",
            "function": .object(["name": .string(name), "arguments": .string(arguments)]),
        ])
    }
}

/// Writes the chunks of one streamed answer as OpenAI's `chat.completion.chunk`s.
///
/// ```swift
/// var writer = ChatChunkWriter(includesUsage: true)
/// for try await chunk in runner.streamChatCompletionRequest(request) {
///     for json in writer.write(chunk) { … }
/// }
/// ```
public struct ChatChunkWriter: Sendable {
    private let fingerprint: String?
    private let logprobs: Bool
    private let includesUsage: Bool
    /// Choices whose first chunk, which says the role, is written.
    private var begun: Set<Int> = []

    public init(fingerprint: String? = nil, logprobs: Bool = false, includesUsage: Bool = false) {
        self.fingerprint = fingerprint
        self.logprobs = logprobs
        self.includesUsage = includesUsage
    }

    /// None for a token that completes no text yet.
    public mutating func write(_ chunk: ChatCompletionChunk) -> [JSONValue] {
        var written: [JSONValue] = []
        for choice in chunk.choices {
            if let json = json(choice) { written.append(envelope(chunk, [json], usage: .null)) }
        }
        if includesUsage, let usage = chunk.usage { written.append(envelope(chunk, [], usage: usage.json)) }
        return written
    }

    private func envelope(_ chunk: ChatCompletionChunk, _ choices: [JSONValue], usage: JSONValue) -> JSONValue {
        var members: JSONObject = [
            "id": .string(chunk.id), "object": "chat.completion.chunk", "created": .integer(chunk.created),
            "model": .string(chunk.model), "choices": .array(choices), "system_fingerprint": .optional(fingerprint),
        ]
        if includesUsage { members["usage"] = usage }
        return .object(members)
    }

    private mutating func json(_ choice: ChatCompletionChunk.Choice) -> JSONValue? {
        var delta: JSONObject = [:]
        if !choice.delta.content.isEmpty { delta["content"] = .string(choice.delta.content) }
        if let reasoning = choice.delta.reasoning, !reasoning.isEmpty {
            delta["reasoning_content"] = .string(reasoning)
        }
        if !choice.toolCalls.isEmpty { delta["tool_calls"] = .array(choice.toolCalls.map(\.json)) }
        let hasLogprobs = logprobs && !choice.logprobs.isEmpty
        guard !delta.isEmpty || hasLogprobs || choice.finishReason != nil else { return nil }
        if begun.insert(choice.index).inserted {
            delta["role"] = "assistant"
            if delta["content"] == nil { delta["content"] = delta["tool_calls"] == nil ? "" : .null }
        }
        return .object([
            "index": .integer(choice.index), "delta": .object(delta),
            "logprobs": hasLogprobs ? choice.logprobs.chatJSON : .null,
            "finish_reason": .optional(choice.finishReason?.rawValue),
        ])
    }
}

extension ToolCallDelta {
    /// The first part of a call says which function it is.
    fileprivate var json: JSONValue {
        var function: JSONObject = [:]
        if let name { function["name"] = .string(name) }
        function["arguments"] = .string(arguments)
        var members: JSONObject = ["index": .integer(index)]
        if let id {
            members["id"] = .string(id)
            members["type"] = "function"
        }
        members["function"] = .object(function)
        return .object(members)
    }
}
