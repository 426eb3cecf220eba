import OrderedCollections
public import Zonda
import ZondaCore
public import ZondaFormats

/// Writes an answer as Anthropic's `/v1/messages` does: whole, or as the events of a stream.
///
/// Source: Anthropic's API reference, "Messages" and "Streaming messages".
public struct MessagesWriter: Sendable {
    private let model: String
    private let id = WireID.make("msg_")
    private var blockCount = 0
    private var open: Kind?
    private var finishReason: FinishReason?
    private var stop: String?

    private enum Kind { case text, thinking, call }

    public init(model: String) { self.model = model }

    /// A whole answer.
    public func write(_ response: ChatCompletionResponse) -> JSONValue {
        guard let choice = response.choices.first else { return message([], nil, response.usage.anthropicJSON) }
        var blocks: [JSONValue] = []
        if let reasoning = choice.message.reasoning, !reasoning.isEmpty {
            blocks.append(.object(["type": "thinking", "thinking": .string(reasoning), "signature": ""]))
        }
        if !choice.message.content.isEmpty {
            blocks.append(.object(["type": "text", "text": .string(choice.message.content)]))
        }
        for call in choice.message.toolCalls { blocks.append(Self.json(call)) }
        return message(blocks, choice.finishReason, stop: choice.stop, response.usage.anthropicJSON)
    }

    /// A call with its arguments as a value; text that is no JSON, where an answer was cut off, is told as it is.
    private static func json(_ call: ToolCall) -> JSONValue {
        var input = JSONValue.object(["partial_json": .string(call.arguments)])
        if let value = try? JSONValue(parsing: call.arguments, name: "arguments"), value.object != nil { input = value }
        return .object([
            "type": "tool_use", "id": .string(call.id), "name": .string(call.name), "input": input,
        ])
    }

    /// The events before the first token.
    ///
    /// - Parameter inputTokens: of the prompt.
    public func start(inputTokens: Int) -> [WireEvent] {
        let usage = JSONValue.object(["input_tokens": .integer(inputTokens), "output_tokens": .integer(0)])
        return [event("message_start", ["message": message([], nil, usage)])]
    }

    /// The events that a chunk becomes; the last one, with the usage, ends the stream.
    public mutating func write(_ chunk: ChatCompletionChunk) -> [WireEvent] {
        var events: [WireEvent] = []
        for choice in chunk.choices where choice.index == 0 {
            if let reasoning = choice.delta.reasoning, !reasoning.isEmpty {
                events += begin(.thinking)
                events.append(delta(["type": "thinking_delta", "thinking": .string(reasoning)]))
            }
            if !choice.delta.content.isEmpty {
                events += begin(.text)
                events.append(delta(["type": "text_delta", "text": .string(choice.delta.content)]))
            }
            for part in choice.toolCalls { events += write(part) }
            finishReason = choice.finishReason ?? finishReason
            stop = choice.stop ?? stop
        }
        guard let usage = chunk.usage else { return events }
        let change = JSONValue.object([
            "stop_reason": .optional(stopReason(finishReason, stop)), "stop_sequence": .optional(stop),
        ])
        return events + end() + [
            event("message_delta", ["delta": change, "usage": usage.anthropicJSON]), event("message_stop", [:]),
        ]
    }

    /// The event that ends a stream which failed.
    public func fail(_ error: WireError) -> WireEvent { WireEvent(name: "error", data: error.anthropicJSON) }

    /// What keeps a connection open.
    public static let ping = WireEvent(name: "ping", data: .object(["type": "ping"]))

    private mutating func write(_ part: ToolCallDelta) -> [WireEvent] {
        var events: [WireEvent] = []
        // Only the first part of a call names it; another call follows when one is over.
        if let id = part.id {
            events += end()
            events += begin(
                .call,
                .object([
                    "type": "tool_use", "id": .string(id), "name": .string(part.name ?? ""), "input": .object([:]),
                ]))
        }
        if !part.arguments.isEmpty {
            events.append(delta(["type": "input_json_delta", "partial_json": .string(part.arguments)]))
        }
        return events
    }

    private mutating func begin(_ kind: Kind) -> [WireEvent] {
        guard open != kind else { return [] }
        let block: JSONValue =
            kind == .text
            ? .object(["type": "text", "text": ""]) : .object(["type": "thinking", "thinking": "", "signature": ""])
        return end() + begin(kind, block)
    }

    private mutating func begin(_ kind: Kind, _ block: JSONValue) -> [WireEvent] {
        open = kind
        blockCount += 1
        return [event("content_block_start", ["index": .integer(blockCount - 1), "content_block": block])]
    }

    private func delta(_ members: JSONObject) -> WireEvent {
        event("content_block_delta", ["index": .integer(blockCount - 1), "delta": .object(members)])
    }

    private mutating func end() -> [WireEvent] {
        guard open != nil else { return [] }
        open = nil
        return [event("content_block_stop", ["index": .integer(blockCount - 1)])]
    }

    private func event(_ name: String, _ members: JSONObject) -> WireEvent {
        let own: JSONObject = ["type": .string(name)]
        return WireEvent(name: name, data: .object(own.merging(members) { $1 }))
    }

    private func stopReason(_ reason: FinishReason?, _ stop: String?) -> String? {
        switch reason {
        case nil: nil
        case .stop: stop == nil ? "end_turn" : "stop_sequence"
        case .length: "max_tokens"
        case .toolCalls: "tool_use"
        case .cancelled: "pause_turn"
        }
    }

    private func message(
        _ blocks: [JSONValue], _ reason: FinishReason?, stop: String? = nil, _ usage: JSONValue
    ) -> JSONValue {
        .object([
            "id": .string(id), "type": "message", "role": "assistant", "model": .string(model),
            "content": .array(blocks), "stop_reason": .optional(stopReason(reason, stop)),
            "stop_sequence": .optional(stop), "usage": usage,
        ])
    }
}
