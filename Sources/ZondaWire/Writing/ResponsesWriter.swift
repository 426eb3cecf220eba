import OrderedCollections
public import Zonda
public import ZondaFormats

/// One event of a stream: its name and its data.
public struct WireEvent: Sendable {
    public var name: String
    public var data: JSONValue
}

/// Writes an answer as `/v1/responses` does: whole, or as the events of a stream.
///
/// ```swift
/// var writer = ResponsesWriter(body, model: "qwen3")
/// var events = writer.start()
/// for try await chunk in runner.streamChatCompletionRequest(body.request) { events += writer.write(chunk) }
/// ```
/// Source: OpenAI's API reference, "Responses" and "Streaming events".
public struct ResponsesWriter: Sendable {
    private let body: ResponsesBody
    private let model: String
    private let created: Int
    private let id = WireID.make("resp_")
    private var items: [ResponseItem] = []
    /// The item whose end was not told yet.
    private var open: Int?
    private var finishReason: FinishReason?
    private var sequenceNumber = 0

    /// - Parameter created: seconds since 1970.
    public init(_ body: ResponsesBody, model: String, created: Int) {
        self.body = body
        self.model = model
        self.created = created
    }

    /// A whole answer.
    public func write(_ response: ChatCompletionResponse) -> JSONValue {
        var copy = self
        guard let choice = response.choices.first else { return copy.json("failed", usage: response.usage) }
        if let reasoning = choice.message.reasoning, !reasoning.isEmpty { copy.append(.reasoning, reasoning) }
        if !choice.message.content.isEmpty || choice.message.toolCalls.isEmpty {
            copy.append(.message, choice.message.content)
            copy.items[copy.items.count - 1].logprobs = choice.logprobs
        }
        for call in choice.message.toolCalls { copy.append(.call(id: call.id, name: call.name), call.arguments) }
        copy.finishReason = choice.finishReason
        return copy.json(copy.status, usage: response.usage)
    }

    private mutating func append(_ kind: ResponseItem.Kind, _ text: String) {
        items.append(ResponseItem(kind))
        items[items.count - 1].text = text
    }

    /// The events before the first token.
    public mutating func start() -> [WireEvent] {
        let response = json("in_progress", usage: nil)
        return [
            event("response.created", ["response": response]), event("response.in_progress", ["response": response]),
        ]
    }

    /// The events that a chunk becomes; the last one, with the usage, ends the stream.
    public mutating func write(_ chunk: ChatCompletionChunk) -> [WireEvent] {
        var events: [WireEvent] = []
        for choice in chunk.choices where choice.index == 0 {
            if let reasoning = choice.delta.reasoning, !reasoning.isEmpty {
                events += begin(.reasoning)
                events += delta("response.reasoning_text.delta", reasoning)
            }
            let hasLogprobs = !choice.logprobs.isEmpty && openKind != .reasoning && choice.toolCalls.isEmpty
            if !choice.delta.content.isEmpty || (hasLogprobs && openKind == .message) {
                events += begin(.message)
                events += delta("response.output_text.delta", choice.delta.content, choice.logprobs)
            }
            for part in choice.toolCalls { events += write(part) }
            finishReason = choice.finishReason ?? finishReason
        }
        guard let usage = chunk.usage else { return events }
        // An answer of no text is a message of no text.
        if items.isEmpty { events += begin(.message) }
        events += end()
        let name = finishReason == .length ? "response.incomplete" : "response.completed"
        return events + [event(name, ["response": json(status, usage: usage)])]
    }

    /// The event that ends a stream which failed.
    public mutating func fail(_ error: WireError) -> [WireEvent] {
        var response = json("failed", usage: nil).object ?? [:]
        response["error"] = .object([
            "code": .string(error.code ?? "server_error"), "message": .string(error.message),
        ])
        return [event("response.failed", ["response": .object(response)])]
    }

    private mutating func write(_ part: ToolCallDelta) -> [WireEvent] {
        var events: [WireEvent] = []
        // Only the first part of a call names it; another call follows when one is over.
        if let id = part.id {
            events += end()
            events += open(ResponseItem(.call(id: id, name: part.name ?? "")))
        }
        if !part.arguments.isEmpty { events += delta("response.function_call_arguments.delta", part.arguments) }
        return events
    }

    private enum PlainKind { case reasoning, message }

    private var openKind: PlainKind? {
        guard let open else { return nil }
        switch items[open].kind {
        case .reasoning: return .reasoning
        case .message: return .message
        case .call: return nil
        }
    }

    /// Goes on with the open item where it is of this kind, else ends it and opens another.
    private mutating func begin(_ kind: PlainKind) -> [WireEvent] {
        guard openKind != kind else { return [] }
        return end() + open(ResponseItem(kind == .reasoning ? .reasoning : .message))
    }

    private mutating func open(_ item: ResponseItem) -> [WireEvent] {
        items.append(item)
        open = items.count - 1
        var events = [
            event(
                "response.output_item.added",
                ["output_index": .integer(items.count - 1), "item": item.json(.inProgress)])
        ]
        if let part = item.part {
            events.append(event("response.content_part.added", place(["part": part])))
        }
        return events
    }

    private mutating func delta(_ name: String, _ text: String, _ logprobs: [TokenLogprob] = []) -> [WireEvent] {
        guard let open else { return [] }
        items[open].text += text
        items[open].logprobs += logprobs
        var members: JSONObject = ["delta": .string(text)]
        if openKind == .message { members["logprobs"] = .array(logprobs.map(\.json)) }
        return [event(name, place(members))]
    }

    /// Tells the end of the open item.
    private mutating func end() -> [WireEvent] {
        guard let index = open else { return [] }
        let item = items[index]
        var events: [WireEvent] = []
        switch item.kind {
        case .reasoning: events.append(event("response.reasoning_text.done", place(["text": .string(item.text)])))
        case .message:
            events.append(
                event(
                    "response.output_text.done",
                    place(["text": .string(item.text), "logprobs": item.logprobsJSON])))
        case .call(_, let name):
            events.append(
                event(
                    "response.function_call_arguments.done",
                    place(["name": .string(name), "arguments": .string(item.text)])))
        }
        if let part = item.part { events.append(event("response.content_part.done", place(["part": part]))) }
        let status: ResponseItem.Status = finishReason == .length ? .incomplete : .completed
        events.append(
            event("response.output_item.done", ["output_index": .integer(index), "item": item.json(status)]))
        open = nil
        return events
    }

    /// Members of an event about the open item.
    private func place(_ members: JSONObject) -> JSONObject {
        guard let open else { return members }
        var all: JSONObject = ["item_id": .string(items[open].id), "output_index": .integer(open)]
        if items[open].part != nil { all["content_index"] = 0 }
        return all.merging(members) { $1 }
    }

    private mutating func event(_ name: String, _ members: JSONObject) -> WireEvent {
        defer { sequenceNumber += 1 }
        let own: JSONObject = ["type": .string(name), "sequence_number": .integer(sequenceNumber)]
        return WireEvent(name: name, data: .object(own.merging(members) { $1 }))
    }

    private var status: String { finishReason == .length ? "incomplete" : "completed" }

    /// The response as it is now, with what the request asked for.
    private func json(_ status: String, usage: Usage?) -> JSONValue {
        let request = body.json
        func given(_ name: String, _ value: JSONValue) -> JSONValue {
            let member = request[name] ?? .null
            return member == .null ? value : member
        }
        let itemStatus: ResponseItem.Status = status == "incomplete" ? .incomplete : .completed
        return .object([
            "id": .string(id), "object": "response", "created_at": .integer(created), "status": .string(status),
            "background": false, "error": .null,
            "incomplete_details": status == "incomplete" ? .object(["reason": "max_output_tokens"]) : .null,
            "instructions": given("instructions", .null), "max_output_tokens": given("max_output_tokens", .null),
            "model": .string(model),
            "output": .array(status == "in_progress" ? [] : items.map { $0.json(itemStatus) }),
            "parallel_tool_calls": given("parallel_tool_calls", true), "previous_response_id": .null,
            "reasoning": given("reasoning", .object(["effort": .null, "summary": .null])), "store": false,
            "temperature": given("temperature", .null),
            "text": given("text", .object(["format": .object(["type": "text"])])),
            "tool_choice": given("tool_choice", "auto"), "tools": given("tools", .array([])),
            "top_p": given("top_p", .null), "truncation": "disabled", "usage": usage?.responsesJSON ?? .null,
            "metadata": given("metadata", .object([:])),
        ])
    }
}
