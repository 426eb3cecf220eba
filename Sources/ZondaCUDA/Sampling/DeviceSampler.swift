package import CZondaKernels
package import ZondaCore
package import ZondaDevice

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What the sampling kernels need of one slot: the host's side of zonda_sampling.h, for a sequence that takes the slot.
///
/// The launcher puts the tables where `arguments` can point to them, and then `arguments` into the slot. It samples on the
/// host with `SlotSamplers` while `isOnHost`.
package struct DeviceSampler {
    /// Without the tables' addresses.
    package var arguments = zonda_slot_sampler()
    /// [vocabulary] added to the logits; nil for none.
    package var bias: [Float]?
    /// [vocabulary] how often each token was seen; nil without penalties.
    package var counts: [UInt32]?
    /// [window] the newest tokens, number p at p % window; nil where the penalties see all tokens.
    package var windowTokens: [Int32]?
    /// DRY reads the text of tokens before, 12 bits hold how often a windowed prompt has a token, and a window takes memory.
    package var isOnHost = false

    /// Tokens of the longest penalty window that a slot gets memory for.
    package static let longestWindow = 1 << 20

    /// `sequenceLimit`: no sequence of the slot is longer, so that a longer penalty window is none.
    package init(
        _ parameters: SamplingParameters, prompt: [TokenID], generated: [TokenID], vocabulary: Int, sequenceLimit: Int
    ) {
        arguments.seed = parameters.seed
        arguments.choice = parameters.choice
        arguments.top_k = Int32(clamping: parameters.topK)
        arguments.top_p = parameters.topP
        arguments.typical_p = parameters.typicalP
        arguments.logprob_count = parameters.logprobCount.map { Int32($0) } ?? -1
        if parameters.isGreedy {
            arguments.flags |= Int32(zonda_sampler_greedy)
        } else {
            arguments.factor = ProbabilityMass(largest: 0, temperature: parameters.temperature).factor
        }
        if parameters.minP > 0 {
            arguments.flags |= Int32(zonda_sampler_has_floor)
            arguments.floor_offset = Double(parameters.temperature) * log(Double(parameters.minP))
        }
        if !parameters.logitBias.isEmpty {
            var bias = [Float](repeating: 0, count: vocabulary)
            for (token, value) in parameters.logitBias where bias.indices.contains(Int(token)) {
                bias[Int(token)] = value
            }
            self.bias = bias
        }
        isOnHost = (parameters.dry?.multiplier ?? 0) > 0
        if parameters.hasPenalties, !isOnHost { setPenalties(parameters, prompt, generated, vocabulary, sequenceLimit) }
        if isOnHost { leaveToHost() }
    }

    /// Makes the kernels pass over the slot's rows.
    package mutating func leaveToHost() {
        isOnHost = true
        arguments.flags |= Int32(zonda_sampler_on_host)
        (bias, counts, windowTokens) = (nil, nil, nil)
    }

    private mutating func setPenalties(
        _ parameters: SamplingParameters, _ prompt: [TokenID], _ generated: [TokenID], _ vocabulary: Int,
        _ sequenceLimit: Int
    ) {
        arguments.repetition_penalty = parameters.repetitionPenalty
        arguments.frequency_penalty = parameters.frequencyPenalty
        arguments.presence_penalty = parameters.presencePenalty
        arguments.prompt_length = Int64(prompt.count)
        arguments.length = Int64(prompt.count + generated.count)
        var history = TokenHistory(prompt: prompt, parameters: parameters)
        for token in generated { history.append(token) }

        let window = parameters.penaltyWindow.flatMap { $0 < sequenceLimit ? $0 : nil }
        if let window, window > Self.longestWindow {
            isOnHost = true
            return
        }
        let limit = Int(zonda_prompt_count_limit)
        var counts = [UInt32](repeating: 0, count: vocabulary)
        for (token, count) in history.counts where counts.indices.contains(Int(token)) {
            if count.prompt > limit, window != nil { isOnHost = true }
            counts[Int(token)] = UInt32(min(count.prompt, limit)) << zonda_generated_bits | UInt32(count.generated)
        }
        self.counts = counts
        guard let window else { return }
        arguments.window = Int64(window)
        var tokens = [Int32](repeating: 0, count: window)
        for position in max(history.tokens.count - window, 0)..<history.tokens.count {
            tokens[position % window] = history.tokens[position]
        }
        windowTokens = tokens
    }
}

/// What the kernels wrote about one row.
package struct DeviceSample {
    package var result: zonda_sample_result
    package var report: zonda_sample_report
    /// The first `report.count` count.
    package var alternatives: ArraySlice<zonda_alternative>

    package init(
        result: zonda_sample_result, report: zonda_sample_report, alternatives: ArraySlice<zonda_alternative>
    ) {
        self.result = result
        self.report = report
        self.alternatives = alternatives
    }

    /// - Throws: `badLogits` when the row had no token to choose. Nil is a row that was left to the host.
    package func sample(hasReport: Bool, vocabulary: Int, isMasked: Bool) throws(ZondaError) -> Sample? {
        switch Int(result.status) {
        case Int(zonda_sample_left_to_host): return nil
        case Int(zonda_sample_nothing_to_choose):
            throw Sampler.nothingToChoose(
                nanCount: Int(result.nan_count), vocabulary: vocabulary, isMasked: isMasked)
        default: break
        }
        guard hasReport else { return Sample(token: result.token) }
        func logprob(_ logit: Float) -> Float {
            ProbabilityMass.logprob(logit, largest: report.largest, total: report.total)
        }
        return Sample(
            token: result.token, logprob: logprob(result.logit),
            alternatives: alternatives.prefix(Int(report.count)).map {
                TokenLogprob(token: $0.token, logprob: logprob($0.logit))
            })
    }
}
