import ZondaCore
import ZondaTokenizer

/// A conversation, ready for the engine, and how its answer is to be read.
struct ChatPlan: Sendable {
    var prompt: [TokenID]
    /// What the answer's text must be; nil for anything.
    var constraint: ConstraintPlan?
    var reading: AnswerReader.Format
    /// Special tokens that the reader must see.
    var shownTokens: Set<TokenID>
    /// Whether the model may think before what is constrained.
    var thinksFirst: Bool

    /// - Throws: `badRequest` for tools that are none, `badTemplate` when the template refuses the conversation.
    init(_ request: ChatCompletionRequest, _ text: TextModel) throws(ZondaError) {
        let tools = try ToolSet(request)
        let rendered = try text.render(request)
        prompt = try text.tokenizer.encode(rendered, addSpecialTokens: false, parseSpecial: true)
        let traits = try text.template(for: request).traits
        reading = AnswerReader.Format()
        shownTokens = []
        if let reasoning = traits.reasoning {
            reading.reasoning = reasoning
            reading.beginning = request.continuesLastMessage ? .answering : reasoning.beginning(after: rendered)
            shownTokens.formUnion(traits.reasoningTokens)
        }
        if !tools.functions.isEmpty {
            reading.tools = traits.tools
            reading.schemas = tools.schemas
            shownTokens.formUnion(traits.toolTokens)
        }
        constraint = ConstraintPlan(content: request.options.constraint, tools: tools, format: reading.tools)
        let isOff = request.templateValues["enable_thinking"]?.bool == false
        thinksFirst = reading.reasoning != nil && reading.beginning != .answering && !isOff
    }
}
