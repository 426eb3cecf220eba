import ZondaCore
import ZondaDevice
import ZondaFormats
import ZondaTokenizer

extension SamplingParameters {
    /// What a request says, else what the model's makers recommend, else the most likely token each time.
    ///
    /// - Throws: `badRequest` naming a value that is out of its range.
    init(
        _ options: GenerationOptions, defaults: GenerationDefaults, tokenizer: Tokenizer?, vocabularyCount: Int
    ) throws(ZondaError) {
        self.init()
        // As in transformers: unless the model's makers sample from it, it is decoded greedily.
        let recommended = defaults.doSample == true ? defaults.temperature ?? 1 : 0
        temperature = Float(options.temperature ?? recommended)
        topK = options.topK ?? defaults.topK ?? 0
        topP = Float(options.topP ?? defaults.topP ?? 1)
        minP = Float(options.minP ?? defaults.minP ?? 0)
        typicalP = Float(options.typicalP ?? defaults.typicalP ?? 1)
        repetitionPenalty = Float(options.repetitionPenalty ?? defaults.repetitionPenalty ?? 1)
        frequencyPenalty = Float(options.frequencyPenalty ?? 0)
        presencePenalty = Float(options.presencePenalty ?? 0)
        logitBias = options.logitBias.mapValues { Float($0) }
        seed = options.seed ?? .random(in: .min ... .max)
        logprobCount = options.logprobs
        if let dry = options.dry { self.dry = try DRYParameters(dry, tokenizer) }
        self = try validated(vocabularyCount: vocabularyCount)
    }
}

extension DRYParameters {
    fileprivate init(_ options: DRYOptions, _ tokenizer: Tokenizer?) throws(ZondaError) {
        var breakers: Set<TokenID> = []
        for text in options.sequenceBreakers {
            // A breaker is any token that ends the text, as a rule the last one of its encoding.
            let ids = try tokenizer?.encode(text, addSpecialTokens: false, parseSpecial: false)
            if let last = ids?.last { breakers.insert(last) }
        }
        self.init(
            multiplier: Float(options.multiplier), base: Float(options.base), allowedLength: options.allowedLength,
            sequenceBreakers: breakers, range: nil)
    }
}
