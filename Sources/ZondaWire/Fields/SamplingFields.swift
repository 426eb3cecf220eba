extension WireField {
    static let model = used("model", .string, "The name of a model of this server; the first one when it is left out.")

    private static let atLeastZero = 0...Double.greatestFiniteMagnitude
    private static let schema = Kind.either([.map, .boolean, .string])
    static let tokenID = Kind.integer(0...Int(Int32.max))
    static let strings = Kind.list(.string, count: 0...WireCaps.stopStrings)

    /// How an answer is sampled, for `/v1/chat/completions` and `/v1/completions`.
    static let sampling: [WireField] = [
        used("temperature", .number(0...100), "0 takes the most likely token; by default what the model's makers say."),
        used("top_p", .number(0...1), "Only the most likely tokens that make up this much probability."),
        used("n", .integer(1...WireCaps.choices), "Choices to generate."),
        used("stop", .either([.string, strings]), "The answer ends before the first of these."),
        used("seed", .integer(Int.min...Int.max), "Equal seeds give equal answers."),
        used("logit_bias", .map, "By token id, added to the token's logit: -100 to 100."),
        used("presence_penalty", .number(-2...2), "Taken from the logit of tokens generated before."),
        used("frequency_penalty", .number(-2...2), "Taken from a token's logit for each time it was generated."),
        used("stream", .boolean, "Whether the answer comes piece by piece, as server-sent events."),
        used(
            "stream_options",
            .object([
                used("include_usage", .boolean, "Whether a last chunk says what the request cost."),
                passedOver("include_obfuscation", .boolean),
                refused("continuous_usage_stats", "use include_usage, which comes last"),
            ]), "With `stream` only."),
    ]

    /// What vLLM, llama.cpp and mistral.rs have beyond OpenAI's API, by their names.
    static let extraSampling: [WireField] = [
        used("top_k", .integer(-1...Int(Int32.max)), "Only the K most likely tokens; 0 or -1 for all."),
        used("min_p", .number(0...1), "Only tokens at least this likely, relative to the most likely one."),
        used("typical_p", .number(0...1), "Only tokens about as surprising as expected, up to this much probability."),
        used("repetition_penalty", .number(0.01...100), "Divides the logits of tokens seen before."),
        used("repeat_penalty", .number(0.01...100), "llama.cpp's name of `repetition_penalty`."),
        used("dry_multiplier", .number(atLeastZero), "DRY: a penalty on repeating long passages; 0 for none."),
        used("dry_base", .number(1...1000), "DRY: how fast it grows with the length of what is repeated."),
        used("dry_allowed_length", .integer(1...WireCaps.tokens), "DRY: repetitions up to this length cost nothing."),
        used("dry_sequence_breakers", strings, "DRY: texts that no repetition reaches across."),
        used("ignore_eos", .boolean, "Whether the model's own end tokens are passed over."),
        used("stop_token_ids", .list(tokenID, count: 0...WireCaps.biasedTokens), "Further tokens that end the answer."),
        used(
            "grammar", .either([.string, .object(typedGrammar)]),
            "What the answer must be: GBNF as llama.cpp takes it, or mistral.rs's `{type, value}`."),
        used("json_schema", schema, "A JSON Schema that the answer must satisfy (llama.cpp)."),
        used("guided_json", schema, "A JSON Schema that the answer must satisfy (vLLM)."),
        used("guided_regex", .string, "A regular expression that the answer must match as a whole (vLLM)."),
        used("guided_grammar", .string, "A grammar in GBNF that the answer must follow (vLLM)."),
        used("guided_choice", choices, "Texts of which the answer must be one (vLLM)."),
        used("structured_outputs", .object(structuredOutputs), "What the answer must be (vLLM); one of these."),
        passedOver("guided_decoding_backend", .string),
        passedOver("cache_prompt", .boolean, "Without effect: prompts that begin alike always share their cache."),
        passedOver("cache_salt", .string),
        passedOver("priority", .integer(Int.min...Int.max), "Without effect: requests are served in their order."),
        passedOver("skip_special_tokens", .boolean, "Without effect: special tokens never come out as text."),
        passedOver("spaces_between_special_tokens", .boolean),
        refused("min_tokens", "use ignore_eos with max_tokens for an answer of a fixed length"),
        refused("use_beam_search", "use n with a temperature"),
        refused("bad_words", "use logit_bias of -100 for their tokens"),
        refused("allowed_token_ids", "use logit_bias, or grammar"),
        refused("include_stop_str_in_output", "append the stop string to the answer"),
        refused("prompt_logprobs", "use the Swift or Python API for logits of a prompt"),
        refused("mirostat", "use min_p or typical_p"),
        refused("xtc_probability", "use min_p or typical_p"),
    ]

    private static let choices = Kind.list(.string, count: 1...1024)

    private static let typedGrammar: [WireField] = [
        required("type", .oneOf(["regex", "json_schema", "gbnf"]), "Which kind."),
        required("value", schema, "The expression, the schema or the grammar."),
    ]

    private static let structuredOutputs: [WireField] = [
        used("json", schema, "A JSON Schema."), used("regex", .string, "A regular expression."),
        used("grammar", .string, "A grammar in GBNF."), used("choice", choices, "Texts of which it must be one."),
        used("json_object", .boolean, "Any JSON object."),
        refused("structural_tag", "use tools"),
    ]

    /// Members that are for OpenAI's own service.
    static let ofOpenAIsService: [WireField] = [
        passedOver("user", .string, "Without effect; it is not logged."),
        passedOver("store", .boolean, "Without effect: nothing is stored."),
        passedOver("metadata", .map), passedOver("service_tier", .string), passedOver("safety_identifier", .string),
        passedOver("prompt_cache_key", .string), passedOver("prompt_cache_retention", .string),
    ]
}
