import OrderedCollections
import Synchronization
import ZondaCore
import ZondaGrammar
import ZondaTokenizer

/// Compiles constraints for one model, off the engine's thread, and keeps the newest: the same schema comes again and
/// again.
///
/// Requests that ask for the same thing at the same time wait for one compilation.
final class ConstraintCompiler: Sendable {
    private let tokenizer: Tokenizer
    private let endTokens: EndTokens
    private let vocabularyCount: Int
    private let cache = Mutex(Cache())

    private struct Cache {
        var vocabulary: Task<GrammarVocabulary, any Error>?
        var thoughts: [ReasoningFormat: Task<ThoughtMarkers, any Error>] = [:]
        /// The one used last comes last.
        var grammars: OrderedDictionary<ConstraintPlan, Task<TokenGrammar, any Error>> = [:]
    }

    /// A grammar and its masks take some hundred kilobytes.
    static let capacity = 64

    init(_ tokenizer: Tokenizer, endTokens: Set<TokenID>, vocabularyCount: Int) {
        self.tokenizer = tokenizer
        self.endTokens = EndTokens(endTokens, vocabularyCount: vocabularyCount)
        self.vocabularyCount = vocabularyCount
    }

    /// Grammars that are kept.
    var count: Int { cache.withLock { $0.grammars.count } }

    /// - Parameter reasoning: how the model thinks before it answers; nil when it does not.
    func constraint(
        _ plan: ConstraintPlan, reasoning: ReasoningFormat?, beginsThinking: Bool
    ) async throws -> AnswerConstraint {
        guard !endTokens.ids.isEmpty else {
            throw ZondaError(
                .unsupported, "the model names no token that ends an answer, so no constraint could be kept",
                remedy: "give it an eos_token_id in generation_config.json")
        }
        var plan = plan
        var constraint: AnswerConstraint?
        if let reasoning {
            let thoughts = try await thoughts(reasoning).value
            // Thoughts that take several tokens to open are open from the start, or not there at all.
            if beginsThinking || thoughts.opening != nil {
                plan.followsThoughts = true
                constraint = AnswerConstraint(
                    grammar: try await grammar(plan), endTokens: endTokens, thoughts: thoughts,
                    beginsThinking: beginsThinking)
            }
        }
        if let constraint { return constraint }
        return AnswerConstraint(grammar: try await grammar(plan), endTokens: endTokens)
    }

    private func grammar(_ plan: ConstraintPlan) async throws -> TokenGrammar {
        let task = cache.withLock { cache in
            let task = cache.grammars.removeValue(forKey: plan) ?? compile(plan, vocabulary(&cache))
            cache.grammars[plan] = task
            if cache.grammars.count > Self.capacity { cache.grammars.removeFirst() }
            return task
        }
        do {
            return try await task.value
        } catch {
            cache.withLock { cache in
                if cache.grammars[plan] == task { cache.grammars[plan] = nil }
            }
            throw error
        }
    }

    private func compile(
        _ plan: ConstraintPlan, _ vocabulary: Task<GrammarVocabulary, any Error>
    ) -> Task<TokenGrammar, any Error> {
        Task.detached { [tokenizer] in
            let grammar = try TokenGrammar(try plan.grammar(tokenizer), try await vocabulary.value)
            // The first mask is the dearest, and is the same for all.
            var state = GrammarState(grammar)
            _ = try state.mask()
            return grammar
        }
    }

    private func vocabulary(_ cache: inout Cache) -> Task<GrammarVocabulary, any Error> {
        if let task = cache.vocabulary { return task }
        let task = Task.detached { [tokenizer, endTokens, vocabularyCount] in
            var tokens: [[UInt8]?] = []
            tokens.reserveCapacity(vocabularyCount)
            for id in 0..<vocabularyCount {
                let isText = id < tokenizer.vocabularyCount && !endTokens.ids.contains(TokenID(id))
                tokens.append(isText ? try tokenizer.textBytes(of: TokenID(id)) : nil)
            }
            return GrammarVocabulary(tokens: tokens, endTokens: endTokens.ids)
        }
        cache.vocabulary = task
        return task
    }

    private func thoughts(_ format: ReasoningFormat) -> Task<ThoughtMarkers, any Error> {
        cache.withLock { cache in
            if let task = cache.thoughts[format] { return task }
            let task = Task.detached { [tokenizer, endTokens, vocabularyCount] in
                try ThoughtMarkers(
                    format, tokenizer, endTokens: endTokens.ids, vocabularyCount: vocabularyCount)
            }
            cache.thoughts[format] = task
            return task
        }
    }
}
