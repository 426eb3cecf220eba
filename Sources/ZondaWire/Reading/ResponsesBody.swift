import OrderedCollections
public import Zonda
public import ZondaCore
public import ZondaFormats

/// The body of `POST /v1/responses`.
///
/// Nothing is stored: a conversation is sent whole each time. Source: OpenAI's API reference, "Responses".
public struct ResponsesBody: Sendable {
    public var request: ChatCompletionRequest
    public var streams: Bool
    /// The body as it came: the answer repeats some of its members.
    public var json: JSONValue

    /// - Throws: `badRequest` whose fact `param` names the member that is wrong.
    public init(_ body: JSONValue) throws(ZondaError) {
        try WireField.check(body, against: WireField.responses)
        json = body
        streams = body["stream"]?.bool ?? false
        var messages = try ResponsesInput(body["input"]).messages
        if let instructions = body["instructions"]?.string { messages.insert(.system(instructions), at: 0) }
        request = ChatCompletionRequest(
            model: body["model"]?.string ?? "default", messages: messages, options: try GenerationOptions(body))
        request.maxTokens = body["max_output_tokens"]?.integer
        request.logprobs = Self.logprobs(body)
        request.tools = try Self.tools(body["tools"]?.array ?? [])
        request.toolChoice = try ToolChoice(
            body["tool_choice"], named: body["tool_choice"]?["name"]?.string,
            among: request.tools.compactMap { $0["function"]?["name"]?.string })
        request.allowsParallelToolCalls = body["parallel_tool_calls"]?.bool ?? true
        var values = try TemplateValues(body)
        values.setEffort(body["reasoning"]?["effort"]?.string)
        request.templateValues = values.values
        if let constraint = try OutputConstraint.textFormat(body["text"]?["format"] ?? .null) {
            guard request.constraint == nil else {
                throw .member("text.format", "stands beside another constraint", remedy: "send one of them")
            }
            request.constraint = constraint
        }
    }

    private static func logprobs(_ body: JSONValue) -> Int? {
        let isIncluded = body["include"]?.array?.contains("message.output_text.logprobs") ?? false
        return body["top_logprobs"]?.integer ?? (isIncluded ? 0 : nil)
    }

    /// Tools as chat completions have them, which templates know.
    private static func tools(_ tools: [JSONValue]) throws(ZondaError) -> [JSONValue] {
        var list: [JSONValue] = []
        for (index, tool) in tools.enumerated() {
            try ToolLimits.check(name: tool["name"]?.string ?? "", at: "tools[\(index)].name")
            var function = tool.object ?? [:]
            function["type"] = nil
            list.append(.object(["type": "function", "function": .object(function)]))
        }
        return list
    }
}

/// The items of a conversation as messages: calls that follow each other are of one message.
private struct ResponsesInput {
    var messages: [ChatMessage] = []
    private var reasoning: String?

    init(_ input: JSONValue?) throws(ZondaError) {
        if let text = input?.string { messages = [.user(text)] }
        for (index, item) in (input?.array ?? []).enumerated() { try add(item, at: "input[\(index)]") }
        guard !messages.isEmpty else { throw .member("input", "has no message", remedy: "send one") }
    }

    private mutating func add(_ item: JSONValue, at path: String) throws(ZondaError) {
        switch item["type"]?.string ?? "message" {
        case "function_call":
            let call = ToolCall(
                id: try Self.text(item, "call_id", path), name: try Self.text(item, "name", path),
                arguments: try Self.text(item, "arguments", path))
            if messages.last?.role != "assistant" { append(.assistant("")) }
            messages[messages.count - 1].toolCalls.append(call)
        case "function_call_output":
            var message = ChatMessage.tool(try Self.text(item, "output", path))
            message.fields["tool_call_id"] = .string(try Self.text(item, "call_id", path))
            append(message)
        case "reasoning": reasoning = item["content"]?.joinedText
        default:
            let role = try Self.text(item, "role", path)
            append(
                ChatMessage(
                    role: role == "developer" ? "system" : role, content: try Self.text(item, "content", path)))
        }
    }

    private mutating func append(_ message: ChatMessage) {
        messages.append(message)
        // What was thought stands before what came of it.
        if message.role == "assistant" { messages[messages.count - 1].reasoning = reasoning }
        reasoning = nil
    }

    private static func text(_ item: JSONValue, _ name: String, _ path: String) throws(ZondaError) -> String {
        guard let text = item[name]?.joinedText else {
            throw .member("\(path).\(name)", "is missing", remedy: "send text", code: "missing_required_parameter")
        }
        return text
    }
}
