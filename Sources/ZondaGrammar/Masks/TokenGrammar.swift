public import ZondaCore

/// A grammar over a vocabulary, with the masks that were needed so far: shared by all requests that have this grammar.
public final class TokenGrammar: Sendable {
    public let vocabulary: GrammarVocabulary

    /// - Throws: `ZondaError` of code `badRequest` for a grammar without any text, with left recursion, with a token that
    ///   the vocabulary does not have, or above a named cap.
    public init(_ grammar: Grammar, _ vocabulary: GrammarVocabulary) throws(ZondaError) {
        self.vocabulary = vocabulary
    }
}
