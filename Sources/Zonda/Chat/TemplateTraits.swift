import ZondaCore
import ZondaTokenizer

/// What a chat template shows of its family, found out once.
struct TemplateTraits: Sendable {
    let dialect: TemplateDialect
    let tools: ToolFormat
    /// Nil for models that do not think.
    let reasoning: ReasoningFormat?
    /// Special tokens that are markers of calls, and of thoughts: who reads an answer must see them.
    let toolTokens: Set<TokenID>
    let reasoningTokens: Set<TokenID>

    /// - Parameter template: its source.
    init(template: String, tokenizer: Tokenizer) {
        tools = ToolFormat(template: template)
        dialect = TemplateDialect(template: template, format: tools)
        reasoning = ReasoningFormat(template: template, tokenizer: tokenizer)
        func tokens(_ markers: [String]) -> Set<TokenID> {
            Set(markers.compactMap { tokenizer.specialToken(spelled: $0) })
        }
        toolTokens = tokens(tools.markers)
        reasoningTokens = tokens(reasoning?.markers ?? [])
    }
}
