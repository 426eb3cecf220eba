extension WireField {
    /// `POST /v1/responses`.
    public static let responses: [WireField] =
        [
            model,
            required(
                "input", .either([.string, .list(.object(inputItem), count: 1...WireCaps.messages)]),
                "A text, or the items of a conversation."),
            used("instructions", .string, "A system message before the input."),
            used("max_output_tokens", .integer(1...Int(Int32.max)), "Tokens of the answer at most."),
            used("temperature", .number(0...100), "0 takes the most likely token."),
            used("top_p", .number(0...1), "Only the most likely tokens that make up this much probability."),
            used("top_logprobs", .integer(0...WireCaps.logprobs), "Alternatives to report for each token."),
            used("stream", .boolean, "Whether the answer comes as server-sent events."),
            used(
                "tools", .list(.object(responsesTool), count: 0...WireCaps.tools), "Functions that the model may call."),
            used("tool_choice", responsesToolChoice, "Whether functions are called."),
            used("parallel_tool_calls", .boolean, "Whether an answer may call several functions."),
            used("text", .object(textOptions), "What the answer must be: text, or JSON."),
            used("reasoning", .object(reasoningOptions), "For the model's template."),
            used(
                "include", .list(.oneOf(includable), count: 0...16),
                "`message.output_text.logprobs` reports log-probabilities; the others are without effect."),
            used("truncation", .oneOf(["disabled"]), "An input that is too long is an error."),
            refused("background", "keep the connection open, or use stream"),
            passedOver("stream_options", .map),
            refused("previous_response_id", "nothing is stored; send the whole conversation as input"),
            refused("conversation", "nothing is stored; send the whole conversation as input"),
            refused("prompt", "send the text as input"),
            refused("max_tool_calls", "there are no tools that the server calls"),
            refused("moderation", "moderate before and after, with a request of its own"),
            refused("background_options", "keep the connection open, or use stream"),
            refused("context_management", "shorten the input yourself"),
            refused("image", "send text"), passedOver("access_programs", .map),
        ] + responsesExtras + ofOpenAIsService

    private static let includable = [
        "message.output_text.logprobs", "reasoning.encrypted_content", "message.input_image.image_url",
        "file_search_call.results", "web_search_call.action.sources", "computer_call_output.output.image_url",
        "code_interpreter_call.outputs",
    ]

    private static let responsesExtras: [WireField] =
        [
            used("seed", .integer(Int.min...Int.max), "Equal seeds give equal answers."),
            used("stop", .either([.string, strings]), "The answer ends before the first of these."),
            used("enable_thinking", .boolean, "Whether the model thinks before it answers, where it can."),
            used("chat_template_kwargs", .map, "Further values for the model's template."),
            used("presence_penalty", .number(-2...2), "Taken from the logit of tokens generated before."),
            used("frequency_penalty", .number(-2...2), "Taken from a token's logit for each time it was generated."),
            used("logit_bias", .map, "By token id, added to the token's logit: -100 to 100."),
        ] + extraSampling

    private static let inputItem: [WireField] = [
        used(
            "type", .oneOf(["message", "function_call", "function_call_output", "reasoning"]),
            "A message, unless it says otherwise."),
        used("role", .oneOf(["system", "developer", "user", "assistant"]), "Of a message: who speaks."),
        used("content", .either([.string, .list(.object(inputPart), count: 0...WireCaps.parts)]), "Of a message."),
        used("call_id", .string, "Of a call and of its output."),
        used("name", .string, "Of a call: the function."),
        used("arguments", .string, "Of a call, as JSON text."),
        used("output", .either([.string, .list(.object(inputPart), count: 0...WireCaps.parts)]), "Of a call."),
        passedOver("id", .string), passedOver("status", .string), passedOver("summary"),
        passedOver("encrypted_content"), passedOver("phase", .string),
    ]

    private static let inputPart: [WireField] = [
        required(
            "type", .oneOf(["input_text", "output_text", "reasoning_text", "text", "refusal"]),
            "Text only: no images, no audio, no files."),
        used("text", .string, "The text."), passedOver("refusal", .string), passedOver("annotations"),
        passedOver("logprobs"),
    ]

    private static let responsesTool: [WireField] = [
        required("type", .oneOf(["function"]), "Functions only: the server calls no tools itself."),
        required("name", .string, toolName),
        used("description", .string, "What it does, for the model."),
        used("parameters", .map, "A JSON Schema of its arguments."),
        used("strict", .boolean, "Arguments always follow the schema."),
        passedOver("output_schema", .map), passedOver("allowed_callers", strings),
        refused("defer_loading", "send the functions that may be called"),
        refused("async", "call it yourself, and send its output when you have it"),
    ]

    private static let responsesToolChoice = Kind.either([
        .oneOf(["none", "auto", "required"]),
        .object([
            required("type", .oneOf(["function"]), "A function by its name."),
            required("name", .string, "One of `tools`."),
        ]),
    ])

    private static let textOptions: [WireField] = [
        used(
            "format",
            .object([
                required("type", .oneOf(["text", "json_object", "json_schema"]), "Which kind."),
                used("name", .string, "Without effect on the answer."),
                used("description", .string, "Without effect on the answer."),
                used("schema", .either([.map, .boolean]), "With `json_schema`."),
                used("strict", .boolean, "The schema is always followed."),
            ]), "Which kind of text."),
        used("verbosity", .oneOf(["medium"]), "Say it in the instructions."),
    ]

    private static let reasoningOptions: [WireField] = [
        used("effort", reasoningEffort, "For the model's template; `none` also turns thinking off."),
        passedOver("summary", .string), passedOver("generate_summary", .string),
        refused("context", "leave items of reasoning out of the input, or send them"),
        passedOver("mode", .string),
    ]
}
