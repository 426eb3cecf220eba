/// What a server says of itself, and of what is wrong with a request.
extension WireField {
    /// A model of `/v1/models`.
    public static let modelInfo: [WireField] = [
        required("id", .string, "The name that requests use."), constant("object", "model"),
        required("created", count, "Seconds since 1970 of the server's start."), constant("owned_by", "zonda"),
        required("loaded", .boolean, "Whether it is in memory."),
        used("max_model_len", count, "Tokens of a prompt and its answer at most; once it is loaded."),
        used("architecture", .string, "Once it is loaded."),
    ]

    /// `/v1/models`.
    public static let modelList: [WireField] = [
        constant("object", "list"), required("data", many(.object(modelInfo)), "The first one is the default."),
    ]

    /// `/health`.
    public static let health: [WireField] = [
        required("status", .oneOf(["ok", "loading", "shutting_down"]), "Requests are answered once it is ok.")
    ]

    /// OpenAI's form of an error.
    public static let error: [WireField] = [
        required(
            "error",
            .object([
                required("message", .string, "What is wrong, and what to do."),
                required("type", .string, "Which kind."),
                used("param", .string, "The member of the request that is wrong: `messages[0].content`."),
                used("code", .string, "Which error, for programs."),
            ]), "What is wrong.")
    ]

    /// Anthropic's form of an error.
    public static let anthropicError: [WireField] = [
        constant("type", "error"),
        required(
            "error",
            .object([
                required("type", .string, "Which kind."),
                required("message", .string, "What is wrong, and what to do."),
            ]), "What is wrong."),
    ]
}
