package import ZondaCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The changes to logits that depend on the tokens before: on a copy of the row, so that the raw logits stay.
package enum Penalties {
    /// Tokens outside of the row, such as a model's placeholders for images, have no logit to change.
    package static func apply(
        _ parameters: SamplingParameters, _ history: TokenHistory, to logits: UnsafeMutableBufferPointer<Float>
    ) {
        if parameters.hasPenalties {
            for (token, counts) in history.counts where logits.indices.contains(Int(token)) {
                logits[Int(token)] = penalized(logits[Int(token)], counts, parameters)
            }
        }
        if let dry = parameters.dry, dry.multiplier > 0 {
            for (token, length) in RepeatedRuns.lengths(in: history.tokens, dry)
            where logits.indices.contains(Int(token)) {
                let penalty = Double(dry.multiplier) * pow(Double(dry.base), Double(length - dry.allowedLength))
                // Held finite: a penalized token stays possible where nothing else is.
                logits[Int(token)] -= Float(min(penalty, Double(Float.greatestFiniteMagnitude) / 2))
            }
        }
    }

    private static func penalized(
        _ logit: Float, _ counts: TokenHistory.Counts, _ parameters: SamplingParameters
    ) -> Float {
        var logit = logit > 0 ? logit / parameters.repetitionPenalty : logit * parameters.repetitionPenalty
        if counts.generated > 0 {
            logit -= Float(counts.generated) * parameters.frequencyPenalty
            logit -= parameters.presencePenalty
        }
        return logit
    }
}

/// The runs of tokens that a next token would repeat.
package enum RepeatedRuns {
    /// For each token that followed an earlier copy of the newest tokens: how long the longest such copy was, if at least
    /// `allowedLength`. Linear in the range.
    package static func lengths(in tokens: [TokenID], _ dry: DRYParameters) -> [TokenID: Int] {
        let newestFirst = Array(tokens.suffix(dry.range ?? tokens.count).reversed())
        let cap = newestFirst.firstIndex(where: dry.sequenceBreakers.contains) ?? newestFirst.count
        guard cap >= dry.allowedLength else { return [:] }

        var longest: [TokenID: Int] = [:]
        let matches = prefixMatches(newestFirst)
        for distance in newestFirst.indices.dropFirst() {
            let length = min(matches[distance], cap)
            // Newest first, so the token that followed is one nearer.
            let next = newestFirst[distance - 1]
            if length >= dry.allowedLength, !dry.sequenceBreakers.contains(next) {
                longest[next] = max(longest[next] ?? 0, length)
            }
        }
        return longest
    }

    /// For each index, how many elements from there on equal those from the start on: the Z-function.
    ///
    /// Source: Gusfield, "Algorithms on Strings, Trees, and Sequences", 1997, section 1.3.
    private static func prefixMatches(_ tokens: [TokenID]) -> [Int] {
        var matches = Array(repeating: 0, count: tokens.count)
        // tokens[start ..< end] is the match seen so far that reaches furthest.
        var start = 0
        var end = 0
        for index in tokens.indices.dropFirst() {
            var length = index < end ? min(end - index, matches[index - start]) : 0
            while index + length < tokens.count, tokens[length] == tokens[index + length] { length += 1 }
            matches[index] = length
            if index + length > end { (start, end) = (index, index + length) }
        }
        return matches
    }
}
