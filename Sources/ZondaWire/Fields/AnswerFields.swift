/// What answers hold: the same tables as those of requests, for documents and for tests of what is written.
extension WireField {
    static let count = Kind.integer(0...Int.max)
    static let logprob = Kind.number(-Double.greatestFiniteMagnitude...0)

    static func many(_ kind: Kind) -> Kind { .list(kind, count: 0...Int.max) }
    static func constant(_ name: String, _ value: String) -> WireField {
        required(name, .oneOf([value]), "Always this.")
    }

    /// `chat.completion`.
    public static let chatCompletion: [WireField] =
        envelope("chat.completion") + [required("choices", many(.object(chatChoice)), "The answers, `n` of them.")]

    private static func envelope(_ object: String) -> [WireField] {
        [
            required("id", .string, "Of this answer."), constant("object", object),
            required("created", count, "Seconds since 1970."), required("model", .string, "The model that answered."),
            required("usage", .object(usage), "What the request cost, in tokens."),
            used("system_fingerprint", .string, "Equal seeds give equal answers where it is equal."),
        ]
    }

    private static let usage: [WireField] = [
        required("prompt_tokens", count, "Of the prompt, those from the cache among them."),
        required("completion_tokens", count, "Of the answers."), required("total_tokens", count, "Of both."),
        used(
            "prompt_tokens_details",
            .object([required("cached_tokens", count, "Of the prompt, those that were computed before.")]),
            "About the prompt."),
        used("completion_tokens_details", .object(reasoning), "About the answers of chats."),
    ]

    static let reasoning: [WireField] = [
        required("reasoning_tokens", count, "Those that were thought with before the answer.")
    ]

    private static let finishReason = Kind.oneOf(["stop", "length", "tool_calls", "cancelled"])

    private static let chatChoice: [WireField] = [
        required("index", count, "From 0."),
        required(
            "message",
            .object([
                constant("role", "assistant"), used("content", .string, "The text; null where there is none."),
                used("refusal", .string, "Always null."),
                used("reasoning_content", .string, "What was thought before."),
                used("tool_calls", many(.object(answerCall)), "The functions to call."),
            ]), "The answer."),
        used(
            "logprobs",
            .object([
                required("content", many(.object(tokenLogprob)), "One for each token."),
                used("refusal", .anything, "Always null."),
            ]), "Where they were asked for."),
        required("finish_reason", finishReason, "Why it ended."),
    ]

    private static let answerCall: [WireField] = [
        required("id", .string, "For the message that tells its result."), constant("type", "function"),
        required(
            "function",
            .object([
                required("name", .string, "One of `tools`."), required("arguments", .string, "As JSON text."),
            ]), "What is called."),
    ]

    private static let tokenEntry: [WireField] = [
        required("token", .string, "Its text."), required("logprob", logprob, "-9999 for what can't be."),
        required("bytes", many(.integer(0...255)), "Of the token; put together, those of several tokens are text."),
    ]

    static let tokenLogprob: [WireField] =
        tokenEntry + [required("top_logprobs", many(.object(tokenEntry)), "The likeliest tokens, in order.")]

    /// `text_completion`.
    public static let textCompletion: [WireField] =
        envelope("text_completion") + [
            required(
                "choices",
                many(
                    .object([
                        required("index", count, "From 0; those of a prompt stand together."),
                        required("text", .string, "What goes on from the prompt."),
                        used("logprobs", .object(completionLogprobs), "Where they were asked for."),
                        required("finish_reason", finishReason, "Why it ended."),
                    ])), "The answers.")
        ]

    private static let completionLogprobs: [WireField] = [
        required("tokens", many(.string), "Their texts."), required("token_logprobs", many(logprob), "One for each."),
        required("top_logprobs", many(.map), "For each, the likeliest tokens by their texts."),
        required("text_offset", many(count), "Where each token stands in the text, in characters."),
    ]

    /// The list of `/v1/embeddings`.
    public static let embeddingList: [WireField] = [
        constant("object", "list"), required("model", .string, "The model that answered."),
        required(
            "data",
            many(
                .object([
                    constant("object", "embedding"), required("index", count, "Of the input."),
                    required(
                        "embedding", .either([many(.number(-3.5e38...3.5e38)), .string]), "The vector, or its base64."),
                ])), "One for each input."),
        required(
            "usage",
            .object([
                required("prompt_tokens", count, "Of all inputs."), required("total_tokens", count, "The same."),
            ]), "What the request cost, in tokens."),
    ]

    /// `/tokenize`: vLLM's form has `count`, llama.cpp's may have pieces.
    public static let tokenization: [WireField] = [
        required(
            "tokens",
            .either([
                many(tokenID),
                many(.object([required("id", tokenID, "The token."), required("piece", .string, "Its text.")])),
            ]), "Ids, or with llama.cpp's `with_pieces` ids and texts."),
        used("count", count, "How many there are."), used("max_model_len", count, "How many the model takes."),
        used("token_strs", many(.string), "The text of each token."),
    ]

    /// `/detokenize`.
    public static let detokenization: [WireField] = [
        required("prompt", .string, "The text (vLLM)."), required("content", .string, "The same (llama.cpp)."),
    ]
}
