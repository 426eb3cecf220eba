import OrderedCollections
public import Zonda
import ZondaCore
public import ZondaFormats

/// The body of `POST /v1/chat/completions`.
///
/// ```swift
/// let body = try ChatCompletionBody(JSONValue(requestBody: bytes.span))
/// let response = try await runner.sendChatCompletionRequest(body.request)
/// ```
/// Members are those of `WireField.chatCompletions`; any other is an error. Source: OpenAI's API reference, "Chat".
public struct ChatCompletionBody: Sendable {
    public var request: ChatCompletionRequest
    public var streaming: WireStreaming

    /// - Throws: `badRequest` whose fact `param` names the member that is wrong.
    public init(_ body: JSONValue) throws(ZondaError) {
        try WireField.check(body, against: WireField.chatCompletions)
        streaming = try WireStreaming(body)
        request = ChatCompletionRequest(
            model: body["model"]?.string ?? "default", messages: try ChatMessage.list(body["messages"]),
            options: try GenerationOptions(body))
        request.maxTokens =
            body["max_completion_tokens"]?.integer ?? body["max_tokens"]?.integer ?? body["n_predict"]?.integer
        request.logprobs = try Self.logprobs(body)
        request.tools = body["tools"]?.array ?? []
        for (index, tool) in request.tools.enumerated() {
            try ToolLimits.check(name: tool["function"]?["name"]?.string ?? "", at: "tools[\(index)].function.name")
        }
        let choice = body["tool_choice"]
        request.toolChoice = try ToolChoice(
            choice, named: choice?["function"]?["name"]?.string,
            among: request.tools.compactMap { $0["function"]?["name"]?.string })
        request.allowsParallelToolCalls = body["parallel_tool_calls"]?.bool ?? true
        request.templateValues = try TemplateValues(body).values
        request.continuesLastMessage = try Self.continues(body, request.messages)
    }

    private static func logprobs(_ body: JSONValue) throws(ZondaError) -> Int? {
        let count = body["top_logprobs"]?.integer
        guard body["logprobs"]?.bool == true else {
            guard count == nil else {
                throw .member("top_logprobs", "is there without logprobs", remedy: "send \"logprobs\": true too")
            }
            return nil
        }
        return count ?? 0
    }

    static func continues(_ body: JSONValue, _ messages: [ChatMessage]) throws(ZondaError) -> Bool {
        let continues = body["continue_final_message"]?.bool ?? false
        if let adds = body["add_generation_prompt"]?.bool, adds == continues {
            throw .member(
                "add_generation_prompt", "and continue_final_message are both \(adds)",
                remedy: "continue the last message, or begin a new one")
        }
        if continues, messages.last?.role != "assistant" {
            throw .member(
                "continue_final_message", "is true and the last message is not the assistant's",
                remedy: "end with the beginning of the answer, of role assistant")
        }
        return continues
    }
}

/// Whether an answer comes piece by piece.
public struct WireStreaming: Sendable {
    public var streams: Bool
    /// Whether a last chunk says what the request cost.
    public var includesUsage: Bool

    init(_ body: JSONValue) throws(ZondaError) {
        streams = body["stream"]?.bool ?? false
        includesUsage = body["stream_options"]?["include_usage"]?.bool ?? false
        if !streams, let options = body["stream_options"], options != .null {
            throw .member("stream_options", "is there without stream", remedy: "send \"stream\": true too")
        }
    }
}

/// What a request says to the model's template.
struct TemplateValues {
    var values: [String: JSONValue] = [:]

    init(_ body: JSONValue) throws(ZondaError) {
        let own = body["chat_template_kwargs"]?.object ?? [:]
        for key in Self.reserved where own[key] != nil {
            throw .member("chat_template_kwargs.\(key)", "is what the request itself says", remedy: "leave it out")
        }
        for (key, value) in own { values[key] = value }
        setEffort(body["reasoning_effort"]?.string)
        if let thinks = body["enable_thinking"]?.bool { values["enable_thinking"] = .bool(thinks) }
    }

    /// An effort of `none` turns thinking off, which templates know by another name.
    mutating func setEffort(_ effort: String?) {
        guard let effort else { return }
        values["reasoning_effort"] = .string(effort)
        if effort == "none" { values["enable_thinking"] = .bool(false) }
    }

    private static let reserved = ["messages", "tools", "add_generation_prompt", "bos_token", "eos_token"]
}

extension ToolChoice {
    /// - Parameters:
    ///   - choice: `auto`, `none`, `required` or an object that names a function.
    ///   - name: that name.
    init(_ choice: JSONValue?, named name: String?, among tools: [String]) throws(ZondaError) {
        switch choice?.string {
        case "none": self = .none
        case "required": self = .required
        default: self = name.map { .function($0) } ?? .auto
        }
        guard self == .required || name != nil else { return }
        if tools.isEmpty {
            throw .member("tool_choice", "is there without tools", remedy: "send the functions as tools")
        }
        if let name, !tools.contains(name) {
            throw .member(
                "tool_choice", "names \"\(name.prefix(64))\", which is none of the tools",
                remedy: "use \(tools.prefix(8).joined(separator: ", "))")
        }
    }
}
