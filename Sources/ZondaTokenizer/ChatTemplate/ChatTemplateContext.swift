public import OrderedCollections
public import ZondaFormats

/// The variables that a chat template sees, built from a request as transformers builds them.
///
/// ```swift
/// var context = ChatTemplateContext(messages: [.object(["role": .string("user"), "content": .string("Hi")])])
/// context.bosToken = "<s>"
/// let template = try Template(parsing: templates.source(hasTools: context.tools != nil))
/// let prompt = try template.render(context: context.object)
/// ```
public struct ChatTemplateContext: Sendable {
    /// Objects with `role` and `content`, and whatever else the template knows: `tool_calls`, `tool_call_id`, `name`,
    /// `reasoning_content`.
    public var messages: [JSONValue]
    /// JSON schemas of functions; nil is `none` in the template, which is not the same as an empty list.
    public var tools: [JSONValue]?
    /// Objects with `title` and `text`; nil is `none` in the template.
    public var documents: [JSONValue]?
    /// Whether the text ends where the assistant begins to answer.
    public var addsGenerationPrompt = true
    /// Undefined in the template when nil.
    public var bosToken: String?
    public var eosToken: String?
    /// Further variables, such as `enable_thinking` or the names of other special tokens. They win over those above.
    public var extra: OrderedDictionary<String, JSONValue> = [:]

    public init(messages: [JSONValue]) {
        self.messages = messages
    }

    /// The context as one object.
    ///
    /// Fields of messages that are null are left out. Reasoning, which has three names in use, is there as both
    /// `reasoning_content` and `thinking`.
    public var object: JSONValue {
        var members: OrderedDictionary<String, JSONValue> = [
            "messages": .array(messages.map(Self.normalized)),
            "tools": tools.map(JSONValue.array) ?? .null,
            "documents": documents.map(JSONValue.array) ?? .null,
            "add_generation_prompt": .bool(addsGenerationPrompt),
        ]
        if let bosToken { members["bos_token"] = .string(bosToken) }
        if let eosToken { members["eos_token"] = .string(eosToken) }
        for (name, value) in extra { members[name] = value }
        return .object(members)
    }

    private static func normalized(_ message: JSONValue) -> JSONValue {
        guard case .object(let given) = message else { return message }
        var fields = given.filter { $0.value != .null }
        let reasoning = ["reasoning_content", "thinking", "reasoning"].lazy.compactMap { fields[$0] }.first
        guard let reasoning else { return .object(fields) }
        if fields["thinking"] == nil { fields.updateValue(reasoning, forKey: "thinking", insertingAt: 0) }
        fields["reasoning_content"] = reasoning
        return .object(fields)
    }
}
