extension WireField {
    /// `POST /v1/messages`, of Anthropic's API.
    public static let messages: [WireField] =
        [required("max_tokens", .integer(1...Int(Int32.max)), "Tokens of the answer at most.")] + messagesPrompt
        + [
            used("temperature", .number(0...100), "0 takes the most likely token."),
            used("top_p", .number(0...1), "Only the most likely tokens that make up this much probability."),
            used("top_k", .integer(-1...Int(Int32.max)), "Only the K most likely tokens; 0 or -1 for all."),
            used("stop_sequences", strings, "The answer ends before the first of these."),
            used("stream", .boolean, "Whether the answer comes as server-sent events."),
            used("output_format", .object(outputFormat), "JSON that follows a schema."),
            passedOver("metadata", .map), passedOver("service_tier", .string), passedOver("betas"),
            passedOver("context_management"), passedOver("inference_geo", .string),
            refused("container", "there are no tools that the server runs"),
            refused("mcp_servers", "call them yourself, with tools"),
        ]

    /// `POST /v1/messages/count_tokens`.
    public static let messagesCount: [WireField] =
        [passedOver("output_format", .map), passedOver("betas"), passedOver("context_management")] + messagesPrompt

    private static let messagesPrompt: [WireField] = [
        model,
        required(
            "messages", .list(.object(anthropicMessage), count: 1...WireCaps.messages),
            "The conversation; when an assistant's message is the last, the answer goes on from it."),
        used("system", .either([.string, .list(.object(block), count: 0...WireCaps.parts)]), "A system message."),
        used("tools", .list(.object(anthropicTool), count: 0...WireCaps.tools), "Functions that the model may call."),
        used("tool_choice", .object(anthropicToolChoice), "Whether functions are called."),
        used("thinking", .object(thinking), "Whether the model thinks before it answers, where it can."),
        used("output_config", .object(outputConfiguration), "JSON that follows a schema, and the template's effort."),
        passedOver("cache_control", .map),
    ]

    private static let anthropicMessage: [WireField] = [
        required("role", .oneOf(["user", "assistant"]), "Who speaks."),
        required("content", .either([.string, .list(.object(block), count: 0...WireCaps.parts)]), "What is said."),
    ]

    /// A block within a message; `tool_result` has blocks of its own.
    private static let block: [WireField] =
        blockMembers + [
            used(
                "content", .either([.string, .list(.object(resultBlock), count: 0...WireCaps.parts)]),
                "Of a tool's result."),
            used("tool_use_id", .string, "Of a tool's result: the call that it answers."),
            used("is_error", .boolean, "Of a tool's result."),
            used("id", .string, "Of a call."), used("name", .string, "Of a call: the function."),
            used("input", .map, "Of a call: its arguments."),
            used("thinking", .string, "What an assistant thought."),
            passedOver("signature", .string), passedOver("data", .string), passedOver("caller", .map),
        ]

    private static let blockMembers: [WireField] = [
        required(
            "type", .oneOf(["text", "tool_use", "tool_result", "thinking", "redacted_thinking"]),
            "Text and tools only: no images, no documents."),
        used("text", .string, "Of a text."),
        passedOver("cache_control", .map), passedOver("citations"),
    ]

    private static let resultBlock: [WireField] = [
        required("type", .oneOf(["text"]), "Text only: no images, no documents."),
        required("text", .string, "The text."),
        passedOver("cache_control", .map), passedOver("citations"),
    ]

    private static let anthropicTool: [WireField] = [
        required("name", .string, toolName),
        used("type", .oneOf(["custom"]), "Functions only: the server runs no tools itself."),
        used("description", .string, "What it does, for the model."),
        required("input_schema", .map, "A JSON Schema of its arguments."),
        used("strict", .boolean, "Arguments always follow the schema."),
        passedOver("cache_control", .map), passedOver("eager_input_streaming", .boolean),
        passedOver("input_examples"),
    ]

    private static let anthropicToolChoice: [WireField] = [
        required("type", .oneOf(["auto", "any", "tool", "none"]), "As the model likes, some, this, or never."),
        used("name", .string, "With `tool`: one of `tools`."),
        used("disable_parallel_tool_use", .boolean, "Whether an answer calls one function at most."),
    ]

    private static let thinking: [WireField] = [
        required("type", .oneOf(["enabled", "disabled", "adaptive"]), "Whether the model thinks."),
        passedOver(
            "budget_tokens", .integer(0...Int(Int32.max)), "Without effect: max_tokens bounds the whole answer."),
        passedOver("display", .string),
    ]

    private static let outputConfiguration: [WireField] = [
        used("format", .object(outputFormat), "JSON that follows a schema."),
        used("effort", .oneOf(["low", "medium", "high", "xhigh", "max"]), "For the model's template."),
    ]

    private static let outputFormat: [WireField] = [
        required("type", .oneOf(["json_schema"]), "Which kind."),
        required("schema", .map, "The schema."),
    ]
}
