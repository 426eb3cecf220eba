import OrderedCollections
public import Zonda
public import ZondaCore
public import ZondaFormats

/// The body of `POST /v1/messages`, and of `/v1/messages/count_tokens`.
///
/// Source: Anthropic's API reference, "Messages".
public struct MessagesBody: Sendable {
    public var request: ChatCompletionRequest
    public var streams: Bool

    /// - Parameter counts: whether only the prompt's tokens are to be counted.
    /// - Throws: `badRequest` whose fact `param` names the member that is wrong.
    public init(_ body: JSONValue, counts: Bool = false) throws(ZondaError) {
        try WireField.check(body, against: counts ? WireField.messagesCount : WireField.messages)
        streams = body["stream"]?.bool ?? false
        var messages: [ChatMessage] = []
        if let system = body["system"]?.joinedText, !system.isEmpty { messages.append(.system(system)) }
        for (index, message) in (body["messages"]?.array ?? []).enumerated() {
            messages += try Self.messages(message, at: "messages[\(index)]")
        }
        request = ChatCompletionRequest(
            model: body["model"]?.string ?? "default", messages: messages, maxTokens: body["max_tokens"]?.integer)
        request.temperature = body["temperature"]?.double
        request.topP = body["top_p"]?.double
        request.topK = body["top_k"]?.integer.map { max($0, 0) }
        request.stop = try body.strings("stop_sequences")
        let last = messages.last
        request.continuesLastMessage = last?.role == "assistant" && last?.toolCalls.isEmpty == true
        request.tools = try Self.tools(body["tools"]?.array ?? [])
        try readToolChoice(body["tool_choice"])
        readThinking(body)
        let schema = body["output_config"]?["format"]?["schema"] ?? body["output_format"]?["schema"]
        request.constraint = schema.map { .jsonSchema($0) }
    }

    private mutating func readToolChoice(_ choice: JSONValue?) throws(ZondaError) {
        let names = request.tools.compactMap { $0["function"]?["name"]?.string }
        let type = choice?["type"]?.string
        let kind: JSONValue = type == "any" ? "required" : type == "none" ? "none" : "auto"
        let name = type == "tool" ? choice?["name"]?.string : nil
        if type == "tool", name == nil {
            throw .member("tool_choice.name", "is missing", remedy: "name one of tools")
        }
        request.toolChoice = try ToolChoice(kind, named: name, among: names)
        request.allowsParallelToolCalls = choice?["disable_parallel_tool_use"]?.bool != true
    }

    private mutating func readThinking(_ body: JSONValue) {
        switch body["thinking"]?["type"]?.string {
        case "enabled": request.templateValues["enable_thinking"] = true
        case "disabled": request.templateValues["enable_thinking"] = false
        default: break
        }
        if let effort = body["output_config"]?["effort"]?.string {
            request.templateValues["reasoning_effort"] = .string(effort)
        }
    }

    private static func tools(_ tools: [JSONValue]) throws(ZondaError) -> [JSONValue] {
        var list: [JSONValue] = []
        for (index, tool) in tools.enumerated() {
            try ToolLimits.check(name: tool["name"]?.string ?? "", at: "tools[\(index)].name")
            var function: OrderedDictionary<String, JSONValue> = ["name": tool["name"] ?? ""]
            if let description = tool["description"], description != .null { function["description"] = description }
            function["parameters"] = tool["input_schema"] ?? .object([:])
            if let isStrict = tool["strict"], isStrict != .null { function["strict"] = isStrict }
            list.append(.object(["type": "function", "function": .object(function)]))
        }
        return list
    }

    /// One message as the templates know it: results of tools are messages of their own, before the text.
    private static func messages(_ message: JSONValue, at path: String) throws(ZondaError) -> [ChatMessage] {
        let role = message["role"]?.string ?? "user"
        guard let blocks = message["content"]?.array else {
            return [ChatMessage(role: role, content: message["content"]?.string ?? "")]
        }
        var results: [ChatMessage] = []
        var texts: [String] = []
        var main = ChatMessage(role: role, content: "")
        for (index, block) in blocks.enumerated() {
            let place = "\(path).content[\(index)]"
            switch block["type"]?.string {
            case "text": texts.append(try text(block, "text", place))
            case "thinking": main.reasoning = (main.reasoning ?? "") + (try text(block, "thinking", place))
            case "tool_use":
                guard role == "assistant" else {
                    throw .member("\(place).type", "is in a message of the user", remedy: "only assistants call")
                }
                main.toolCalls.append(
                    ToolCall(
                        id: try text(block, "id", place), name: try text(block, "name", place),
                        arguments: (block["input"] ?? .object([:])).text))
            case "tool_result":
                var result = ChatMessage.tool(block["content"]?.joinedText ?? "")
                result.fields["tool_call_id"] = .string(try text(block, "tool_use_id", place))
                results.append(result)
            default: break
            }
        }
        main.content = texts.joined(separator: "\n")
        let isEmpty = texts.isEmpty && main.toolCalls.isEmpty && main.reasoning == nil
        return isEmpty && !results.isEmpty ? results : results + [main]
    }

    private static func text(_ block: JSONValue, _ name: String, _ path: String) throws(ZondaError) -> String {
        guard let text = block[name]?.string else {
            throw .member("\(path).\(name)", "is missing", remedy: "send a string", code: "missing_required_parameter")
        }
        return text
    }
}
