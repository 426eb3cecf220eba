import Zonda

extension WireField {
    /// `POST /v1/chat/completions`.
    public static let chatCompletions: [WireField] =
        [
            model,
            required(
                "messages", .list(.object(message), count: 1...WireCaps.messages), "The conversation that is answered."),
            used("max_completion_tokens", .integer(1...Int(Int32.max)), "Tokens of the answer at most."),
            used("max_tokens", .integer(1...Int(Int32.max)), "The older name of `max_completion_tokens`."),
            used("n_predict", .integer(1...Int(Int32.max)), "llama.cpp's name of `max_completion_tokens`."),
            used("logprobs", .boolean, "Whether each token's log-probability is reported."),
            used("top_logprobs", .integer(0...WireCaps.logprobs), "Alternatives to report for each token."),
            used("response_format", .object(responseFormat), "What the answer must be: text, or JSON."),
            used("tools", .list(.object(tool), count: 0...WireCaps.tools), "Functions that the model may call."),
            used("tool_choice", toolChoice, "Whether functions are called: as the model likes, never, some, or this."),
            used("parallel_tool_calls", .boolean, "Whether an answer may call several functions."),
            used("reasoning_effort", reasoningEffort, "For the model's template; `none` also turns thinking off."),
            used("enable_thinking", .boolean, "Whether the model thinks before it answers, where it can."),
            used("chat_template_kwargs", .map, "Further values for the model's template."),
            used("continue_final_message", .boolean, "Whether the answer goes on from the last message."),
            used("add_generation_prompt", .boolean, "True, unless `continue_final_message` is."),
            used("modalities", .list(.oneOf(["text"]), count: 0...8), "Text only."),
            passedOver("prediction", .map, "Without effect on the answer."),
            passedOver("stream_reasoning", .boolean),
            refused("audio", "send and take text"), refused("functions", "use tools"),
            refused("function_call", "use tool_choice"), refused("web_search_options", "search yourself, with tools"),
            refused("verbosity", "say it in the system message"),
            refused("moderation", "moderate before and after, with a request of its own"),
            refused("echo", "use continue_final_message, or /v1/completions"),
        ] + sampling + extraSampling + ofOpenAIsService

    static let reasoningEffort = Kind.oneOf(["none", "minimal", "low", "medium", "high", "xhigh"])

    private static let message: [WireField] = [
        required("role", .oneOf(["system", "developer", "user", "assistant", "tool"]), "Who speaks."),
        used("content", textOrParts, "What is said; an assistant's message with `tool_calls` needs none."),
        used("name", .string, "Of the speaker, for templates that know it."),
        used("tool_calls", .list(.object(toolCall), count: 0...WireCaps.toolCalls), "What an assistant called."),
        used("tool_call_id", .string, "In a tool's message: the call that it answers."),
        used("reasoning_content", .string, "What an assistant thought before it answered."),
        used("reasoning", .string, "Another name of `reasoning_content`."),
        passedOver("refusal", .string), passedOver("annotations"),
        refused("audio", "send text"), refused("function_call", "use tool_calls"),
    ]

    static let textOrParts = Kind.either([.string, .list(.object(textPart), count: 0...WireCaps.parts)])

    private static let textPart: [WireField] = [
        required("type", .oneOf(["text"]), "Text only: no images, no audio, no files."),
        required("text", .string, "The text."),
        passedOver("cache_control", .map), passedOver("prompt_cache_breakpoint", .map),
    ]

    private static let toolCall: [WireField] = [
        required("id", .string, "As the answer had it."),
        used("type", .oneOf(["function"]), "Functions only."),
        required(
            "function",
            .object([
                required("name", .string, "Of the function."),
                required("arguments", .string, "As JSON text."),
            ]), "What was called."),
        passedOver("index", .integer(0...WireCaps.toolCalls)),
    ]

    /// Says what a function may be called.
    static let toolName = "\(ToolLimits.nameRule)."

    private static let tool: [WireField] = [
        required("type", .oneOf(["function"]), "Functions only."),
        required(
            "function",
            .object([
                required("name", .string, toolName),
                used("description", .string, "What it does, for the model."),
                used("parameters", .map, "A JSON Schema of its arguments."),
                used("strict", .boolean, "Arguments always follow the schema."),
            ]), "The function."),
    ]

    private static let toolChoice = Kind.either([
        .oneOf(["none", "auto", "required"]),
        .object([
            required("type", .oneOf(["function"]), "A function by its name."),
            required("function", .object([required("name", .string, "One of `tools`.")]), "The function."),
        ]),
    ])

    private static let responseFormat: [WireField] = [
        required("type", .oneOf(["text", "json_object", "json_schema"]), "Which kind."),
        used(
            "json_schema",
            .object([
                required("name", .string, "Without effect on the answer."),
                used("description", .string, "Without effect on the answer."),
                required("schema", .either([.map, .boolean]), "The schema."),
                used("strict", .boolean, "The schema is always followed."),
            ]), "With `json_schema`."),
        used("schema", .map, "llama.cpp: a schema beside `json_object`."),
    ]
}
