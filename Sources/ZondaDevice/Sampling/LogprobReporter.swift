import ZondaCore

/// Log-probabilities of the model's own distribution: the log-softmax of the raw logits.
struct LogprobReporter {
    private var maxima = BlockMaxima()
    private var candidates = Candidates()

    mutating func report(_ token: Int, _ row: LogitRow, alternativeCount: Int) -> Sample {
        maxima.scan(row)
        let probability = ProbabilityMass(largest: maxima.largest, temperature: 1)
        let total = probability.total(row, maxima)
        func logprob(_ logit: Float) -> Float {
            ProbabilityMass.logprob(logit, largest: probability.largest, total: total)
        }

        var sample = Sample(token: TokenID(token), logprob: logprob(row[token]))
        if alternativeCount > 0 {
            candidates.collect(alternativeCount, from: row, maxima)
            sample.alternatives = candidates.keys.prefix(alternativeCount).map { key in
                TokenLogprob(token: TokenID(LogitKey.id(key)), logprob: logprob(LogitKey.logit(key)))
            }
        }
        return sample
    }
}
