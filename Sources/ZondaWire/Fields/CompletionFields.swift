extension WireField {
    private static let tokenList = Kind.list(tokenID, count: 1...WireCaps.tokens)

    /// One text, several, tokens, or several lists of tokens.
    private static let prompts = Kind.either([
        .string, tokenList, .list(.string, count: 1...WireCaps.prompts), .list(tokenList, count: 1...WireCaps.prompts),
    ])

    /// `POST /v1/completions`.
    public static let completions: [WireField] =
        [
            model, required("prompt", prompts, "What is continued: texts, or tokens."),
            used("max_tokens", .integer(1...Int(Int32.max)), "Tokens of the answer at most; 16 by default."),
            used("n_predict", .integer(1...Int(Int32.max)), "llama.cpp's name of `max_tokens`."),
            used("logprobs", .integer(0...WireCaps.logprobs), "Alternatives to report for each token."),
            used("echo", .boolean, "Whether the prompt comes back before the answer; not with `logprobs`."),
            used("best_of", .integer(1...WireCaps.choices), "As `n`, and no other."),
            refused("suffix", "write the model's own markers for filling in into the prompt"),
        ] + sampling + extraSampling + ofOpenAIsService

    /// `POST /v1/embeddings`.
    public static let embeddings: [WireField] = [
        model, required("input", prompts, "Texts, or tokens, of which each becomes a vector."),
        used("encoding_format", .oneOf(["float", "base64"]), "base64 is of little-endian float32."),
        used("dimensions", .integer(1...Int(Int32.max)), "As the model has, and no other."),
        passedOver("user", .string),
    ]

    /// `POST /tokenize`: vLLM's form with `prompt` or `messages`, llama.cpp's with `content`.
    public static let tokenize: [WireField] = [
        model,
        used("prompt", .string, "A text (vLLM)."), used("content", .string, "A text (llama.cpp)."),
        used(
            "messages", .list(.map, count: 1...WireCaps.messages), "A conversation, as the model's template writes it."),
        used("tools", .list(.map, count: 0...WireCaps.tools), "With `messages`."),
        used("add_special_tokens", .boolean, "Special tokens of a whole text: by default with `prompt` only."),
        used("add_special", .boolean, "llama.cpp's name of `add_special_tokens`."),
        used("add_generation_prompt", .boolean, "With `messages`."),
        used("continue_final_message", .boolean, "With `messages`."),
        used("chat_template_kwargs", .map, "With `messages`."),
        used("return_token_strs", .boolean, "Whether the text of each token comes too (vLLM)."),
        used("with_pieces", .boolean, "Whether the text of each token comes too (llama.cpp)."),
        passedOver("parse_special", .boolean, "Without effect: special tokens are recognized."),
    ]

    /// `POST /detokenize`.
    public static let detokenize: [WireField] = [
        model, required("tokens", .list(tokenID, count: 0...WireCaps.tokens), "Their text is returned."),
    ]
}
