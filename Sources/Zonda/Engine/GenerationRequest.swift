import ZondaCore
import ZondaDevice

/// What the engine is asked for: token ids in, text and tokens out. Everything about chats is settled before.
struct GenerationRequest: Sendable {
    var prompt: [TokenID]
    var sampling: SamplingParameters
    /// Nil: as far as the context reaches.
    var maxNewTokens: Int?
    var stopTokens: Set<TokenID>
    var ignoresStopTokens: Bool
    var stopStrings: [String]
    var choiceCount: Int
    /// What each choice must be; nil for anything.
    var constraint: AnswerConstraint?
    /// Special tokens that are part of the answer's text.
    var shownTokens: Set<TokenID> = []
    var outputs: PromptOutputs = .none

    /// What is wanted of the prompt's own rows.
    enum PromptOutputs: Sendable, Equatable {
        case none
        /// float32 [prompt, vocabulary].
        case logits
        /// float32 [prompt, hidden], after the final norm.
        case hiddenStates
    }
}

/// What happens to a request, in order.
enum GenerationEvent: Sendable {
    /// Rows of the prompt's outputs, from position `first` on.
    case outputs(first: Int, rows: [[Float]])
    /// One token of a choice with the text that it completed, which may be none or that of several tokens.
    case token(choice: Int, text: String, Sample, time: ContinuousClock.Instant)
    /// The end of a choice, with text that was held back until then and the stop string that ended it.
    case finished(choice: Int, text: String, FinishReason, stop: String?)
    /// The end of the request.
    case completed(Usage)
}
