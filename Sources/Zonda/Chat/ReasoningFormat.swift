import ZondaTokenizer

/// How a family of models sets apart what it thinks before it answers.
struct ReasoningFormat: Sendable, Hashable {
    var opening: String
    var closing: String
    /// What some put around the answer itself.
    var answerOpening = ""
    var answerClosing = ""

    /// Qwen 3, the distilled DeepSeek R1, SmolLM3 and most others.
    static let think = ReasoningFormat(opening: "<think>", closing: "</think>")
    /// Granite 3.2 and 3.3.
    static let granite = ReasoningFormat(
        opening: "<think>", closing: "</think>", answerOpening: "<response>", answerClosing: "</response>")
    /// Magistral, Ministral.
    static let mistral = ReasoningFormat(opening: "[THINK]", closing: "[/THINK]")

    /// The format of a family, as its template or its vocabulary shows it; nil when neither does.
    init?(template: String, tokenizer: Tokenizer) {
        let isToken = { (format: ReasoningFormat) in
            let contents = Set(tokenizer.addedTokens.map(\.content))
            return contents.contains(format.opening) && contents.contains(format.closing)
        }
        if template.contains("<think>") && template.contains("<response>") {
            self = .granite
        } else if template.contains("[THINK]") || isToken(.mistral) {
            self = .mistral
        } else if template.contains("</think>") || isToken(.think) {
            self = .think
        } else {
            return nil
        }
    }

    private init(opening: String, closing: String, answerOpening: String = "", answerClosing: String = "") {
        self.opening = opening
        self.closing = closing
        self.answerOpening = answerOpening
        self.answerClosing = answerClosing
    }

    /// Texts that may be special tokens, and must not be left out of what a reader sees.
    var markers: [String] { [opening, closing, answerOpening, answerClosing].filter { !$0.isEmpty } }

    /// Where an answer to a prompt begins.
    enum Beginning: Sendable {
        /// The prompt has opened the thoughts.
        case thinking
        /// The prompt has closed them too: the model is not to think.
        case answering
        /// That is the model's choice.
        case open
    }

    /// Where the answer to a rendered prompt begins, by what the template put at its end.
    ///
    /// Thoughts that earlier turns have left in the prompt do not count: only what stands at the very end does.
    func beginning(after prompt: String) -> Beginning {
        var end = prompt[...]
        while let last = end.last, last.isWhitespace { end.removeLast() }
        if end.hasSuffix(opening) { return .thinking }
        return end.hasSuffix(closing) ? .answering : .open
    }
}
