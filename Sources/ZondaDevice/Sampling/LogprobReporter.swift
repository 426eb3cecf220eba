import ZondaCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Log-probabilities of the model's own distribution: the log-softmax of the raw logits.
struct LogprobReporter {
    private var maxima = BlockMaxima()
    private var candidates = Candidates()

    mutating func report(_ token: Int, _ row: LogitRow, alternativeCount: Int) -> Sample {
        maxima.scan(row)
        let probability = ProbabilityMass(largest: maxima.largest, temperature: 1)
        let logTotal = log(Double(probability.total(row, maxima)) / Double(ProbabilityMass.one))
        func logprob(_ logit: Float) -> Float {
            Float(Double(min(logit, .greatestFiniteMagnitude)) - Double(probability.largest) - logTotal)
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
