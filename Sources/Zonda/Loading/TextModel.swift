import ZondaCore
import ZondaFormats
import ZondaTokenizer

/// What turns a conversation into tokens and tokens into text.
struct TextModel: Sendable {
    let tokenizer: Tokenizer
    /// Nil for a model that was not made for chats.
    let template: ChatTemplate?
    let defaults: GenerationDefaults
    /// Where an answer ends.
    let endTokens: Set<TokenID>

    init(gguf metadata: GGUFMetadata) throws(ZondaError) {
        tokenizer = try Tokenizer(gguf: metadata)
        template = try metadata.optionalString("tokenizer.chat_template")
            .map { (source) throws(ZondaError) in try ChatTemplate(parsing: source) }
        defaults = GenerationDefaults()
        endTokens = tokenizer.endTokens
    }

    init(folder: String) throws(ZondaError) {
        tokenizer = try Tokenizer(folder: folder)
        template = try ChatTemplate(folder: folder)
        defaults = try GenerationDefaults(folder: folder)
        endTokens = tokenizer.endTokens.union(defaults.endTokens)
    }

    /// The text that a conversation becomes.
    func render(_ request: ChatCompletionRequest) throws(ZondaError) -> String {
        guard let template else {
            throw ZondaError(
                .badTemplate, "the model has no chat template",
                remedy: "send a text to continue instead of a conversation, or use an instruction-tuned model")
        }
        return try template.render(request, tokenizer: tokenizer)
    }

    /// How a token reads on its own, for log-probabilities.
    func spelling(of token: TokenID) -> String {
        (try? tokenizer.decode([token], skipSpecialTokens: false)) ?? ""
    }
}
