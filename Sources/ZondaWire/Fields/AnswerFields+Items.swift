/// Answers that are made of items and blocks: `/v1/responses` and `/v1/messages`.
extension WireField {
    /// A `response`.
    public static let response: [WireField] =
        [
            required("id", .string, "Of this answer."), constant("object", "response"),
            required("created_at", count, "Seconds since 1970."),
            required("status", .oneOf(["completed", "incomplete", "failed", "in_progress"]), "How it ended."),
            required("model", .string, "The model that answered."),
            required("output", many(.object(outputItem)), "Thoughts, messages and calls, in their order."),
            used("usage", .object(responseUsage), "What the request cost, in tokens."),
            used(
                "error",
                .object([required("code", .string, "Which kind."), required("message", .string, "What went wrong.")]),
                "Of an answer that failed."),
            used(
                "incomplete_details", .object([required("reason", .oneOf(["max_output_tokens"]), "Why.")]),
                "Of an answer that was cut off."),
        ] + givenBack

    /// Members of the request that come back.
    private static let givenBack: [WireField] = [
        required("background", .boolean, "Always false."), required("store", .boolean, "Always false."),
        used("previous_response_id", .string, "Always null."), used("instructions", .string, "As they were sent."),
        used("max_output_tokens", count, "As it was sent."), used("metadata", .map, "As it was sent."),
        required("parallel_tool_calls", .boolean, "As it was sent."), used("reasoning", .map, "As it was sent."),
        used("temperature", .number(0...100), "As it was sent."), used("text", .map, "As it was sent."),
        used("tool_choice", .either([.string, .map]), "As it was sent."),
        used("tools", many(.map), "As they were sent."),
        used("top_p", .number(0...1), "As it was sent."), required("truncation", .oneOf(["disabled"]), "Always this."),
    ]

    private static let outputItem: [WireField] = [
        required("id", .string, "Of the item."),
        required("type", .oneOf(["message", "function_call", "reasoning"]), "Which kind."),
        required("status", .oneOf(["completed", "incomplete", "in_progress"]), "How it ended."),
        used("role", .oneOf(["assistant"]), "Of a message."),
        used("content", many(.object(outputPart)), "Of a message and of thoughts."),
        used("summary", many(.map), "Of thoughts: always empty."),
        used("call_id", .string, "Of a call: for the item that tells its result."),
        used("name", .string, "Of a call: the function."), used("arguments", .string, "Of a call, as JSON text."),
    ]

    private static let outputPart: [WireField] = [
        required("type", .oneOf(["output_text", "reasoning_text"]), "Which kind."),
        required("text", .string, "The text."),
        used("annotations", many(.map), "Always empty."),
        used("logprobs", many(.object(tokenLogprob)), "Where they were asked for."),
    ]

    private static let responseUsage: [WireField] = [
        required("input_tokens", count, "Of the prompt."),
        required(
            "input_tokens_details", .object([required("cached_tokens", count, "Those that were computed before.")]),
            "About the prompt."),
        required("output_tokens", count, "Of the answer."),
        required("output_tokens_details", .object(reasoning), "About the answer."),
        required("total_tokens", count, "Of both."),
    ]

    /// Anthropic's `message`.
    public static let anthropicAnswer: [WireField] = [
        required("id", .string, "Of this answer."), constant("type", "message"), constant("role", "assistant"),
        required("model", .string, "The model that answered."),
        required("content", many(.object(answerBlock)), "Thoughts, text and calls, in their order."),
        required(
            "stop_reason", .oneOf(["end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn"]),
            "Why it ended."),
        used("stop_sequence", .string, "Which of `stop_sequences` ended it."),
        required(
            "usage",
            .object([
                required("input_tokens", count, "Of the prompt, without those from the cache."),
                required("output_tokens", count, "Of the answer."),
                used("cache_creation_input_tokens", count, "Always 0."),
                used("cache_read_input_tokens", count, "Of the prompt, those that were computed before."),
            ]), "What the request cost, in tokens."),
    ]

    private static let answerBlock: [WireField] = [
        required("type", .oneOf(["text", "tool_use", "thinking"]), "Which kind."),
        used("text", .string, "Of a text."), used("thinking", .string, "Of thoughts."),
        used("signature", .string, "Of thoughts: always empty."),
        used("id", .string, "Of a call: for the block that tells its result."),
        used("name", .string, "Of a call: the function."), used("input", .map, "Of a call: its arguments."),
    ]

    /// `/v1/messages/count_tokens`.
    public static let messageTokens: [WireField] = [required("input_tokens", count, "Of the prompt.")]
}
