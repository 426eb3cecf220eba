public import ZondaCore
public import ZondaFormats

/// One message of a conversation.
public struct ChatMessage: Sendable, Hashable {
    /// `system`, `user`, `assistant`, `tool` or what else the model's template knows.
    public var role: String
    public var content: String
    /// What the model thought before it answered, split off from `content`; nil for nothing.
    public var reasoning: String?
    /// Functions that an assistant's message asks to have called.
    public var toolCalls: [ToolCall]
    /// Further fields for the template, by their wire names: `name`, `tool_call_id`.
    public var fields: [String: JSONValue]

    public init(
        role: String, content: String, reasoning: String? = nil, toolCalls: [ToolCall] = [],
        fields: [String: JSONValue] = [:]
    ) {
        self.role = role
        self.content = content
        self.reasoning = reasoning
        self.toolCalls = toolCalls
        self.fields = fields
    }

    public static func system(_ content: String) -> ChatMessage { ChatMessage(role: "system", content: content) }
    public static func user(_ content: String) -> ChatMessage { ChatMessage(role: "user", content: content) }
    public static func assistant(_ content: String) -> ChatMessage {
        ChatMessage(role: "assistant", content: content)
    }
    public static func tool(_ content: String) -> ChatMessage { ChatMessage(role: "tool", content: content) }
}

/// A conversation to continue.
///
/// ```swift
/// var request = ChatCompletionRequest(messages: [.user("Why is the sky blue?")], maxTokens: 256)
/// request.temperature = 0.7
/// ```
@dynamicMemberLookup
public struct ChatCompletionRequest: Sendable {
    /// A name for the response; the runner has one model.
    public var model: String
    public var messages: [ChatMessage]
    /// Functions that the model may call, as OpenAI writes them: `{"type": "function", "function": {"name", …}}`.
    public var tools: [JSONValue] = []
    public var toolChoice = ToolChoice.auto
    /// Whether the model may call several functions in one answer.
    public var allowsParallelToolCalls = true
    /// Further values for the template, such as `enable_thinking`.
    public var templateValues: [String: JSONValue] = [:]
    /// Whether the last message is an assistant's that the answer goes on from.
    public var continuesLastMessage = false
    public var options: GenerationOptions

    public init(
        model: String = "default", messages: [ChatMessage], maxTokens: Int? = nil, temperature: Double? = nil,
        topP: Double? = nil, seed: UInt64? = nil, stop: [String] = [], n: Int = 1,
        options: GenerationOptions = GenerationOptions()
    ) {
        self.model = model
        self.messages = messages
        self.options = options
        if let maxTokens { self.options.maxTokens = maxTokens }
        if let temperature { self.options.temperature = temperature }
        if let topP { self.options.topP = topP }
        if let seed { self.options.seed = seed }
        if !stop.isEmpty { self.options.stop = stop }
        if n != 1 { self.options.n = n }
    }

    public subscript<Value>(dynamicMember path: WritableKeyPath<GenerationOptions, Value>) -> Value {
        get { options[keyPath: path] }
        set { options[keyPath: path] = newValue }
    }
}

/// A text to continue, as it is.
@dynamicMemberLookup
public struct CompletionRequest: Sendable {
    public var model: String
    public var prompt: Prompt
    /// Whether the prompt comes back before the answer.
    public var echo = false
    public var options: GenerationOptions

    /// What is continued.
    public enum Prompt: Sendable, Hashable {
        case text(String)
        case tokens([TokenID])
    }

    public init(
        model: String = "default", prompt: String, maxTokens: Int? = nil,
        options: GenerationOptions = GenerationOptions()
    ) {
        self.init(model: model, .text(prompt), maxTokens: maxTokens, options: options)
    }

    /// Continues a text that is tokens already.
    public init(
        model: String = "default", tokens: [TokenID], maxTokens: Int? = nil,
        options: GenerationOptions = GenerationOptions()
    ) {
        self.init(model: model, .tokens(tokens), maxTokens: maxTokens, options: options)
    }

    private init(model: String, _ prompt: Prompt, maxTokens: Int?, options: GenerationOptions) {
        self.model = model
        self.prompt = prompt
        self.options = options
        if let maxTokens { self.options.maxTokens = maxTokens }
    }

    public subscript<Value>(dynamicMember path: WritableKeyPath<GenerationOptions, Value>) -> Value {
        get { options[keyPath: path] }
        set { options[keyPath: path] = newValue }
    }
}
