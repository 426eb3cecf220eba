public import ZondaCore
import ZondaTokenizer

extension ModelInfo {
    /// Checks token ids that come from outside: kernels take them for rows of the embedding.
    ///
    /// - Parameter member: what of a request has them, by its name on the wire.
    /// - Throws: `badRequest` with the first one that is not in the vocabulary, and the vocabulary's size.
    func check(_ tokens: some Swift.Sequence<TokenID>, of member: String) throws(ZondaError) {
        guard let bad = tokens.first(where: { !(0..<vocabularyCount).contains(Int($0)) }) else { return }
        throw ZondaError(
            .badRequest, "\(member) has the token \(bad), which is not in the vocabulary of \(vocabularyCount)",
            remedy: "use ids from 0 to \(vocabularyCount - 1)",
            facts: [
                "param": member, "code": "invalid_value", "token": "\(bad)", "vocabulary": "\(vocabularyCount)",
            ])
    }
}

extension Runner {
    /// The text of tokens.
    ///
    /// - Throws: `badRequest` for a token that is not in the vocabulary.
    public func detokenize(_ tokens: [TokenID], skipSpecialTokens: Bool = true) throws(ZondaError) -> String {
        let tokenizer = try text.tokenizer
        try model.check(tokens, of: "tokens")
        return try tokenizer.decode(tokens, skipSpecialTokens: skipSpecialTokens)
    }

    /// The tokens of a prompt.
    ///
    /// - Parameter member: what of a request is the prompt, for errors.
    /// - Throws: `badRequest` for a token that is not in the vocabulary.
    package func tokens(
        of prompt: CompletionRequest.Prompt, in member: String = "prompt"
    ) throws(ZondaError) -> [TokenID] {
        switch prompt {
        case .text(let text): return try tokenize(text)
        case .tokens(let tokens):
            try model.check(tokens, of: member)
            return tokens
        }
    }

    /// The text of a prompt, to be given back before its answer.
    ///
    /// - Throws: `badRequest` for a token that is not in the vocabulary.
    package func text(of prompt: CompletionRequest.Prompt) throws(ZondaError) -> String {
        if case .text(let text) = prompt { return text }
        return try text.tokenizer.decode(try tokens(of: prompt), skipSpecialTokens: true)
    }
}
