import Glibc
import ZondaCore
import ZondaFormats

extension RopeDescription.Scaling {
    /// From `rope_parameters` or `rope_scaling`, for `half` pairs.
    init(
        _ scaling: ConfigurationReader, _ reader: ConfigurationReader, _ facts: ModelFacts, half: Int
    ) throws(ZondaError) {
        let oldType = try scaling.optionalString("type")
        let type = try scaling.optionalString("rope_type") ?? oldType ?? "default"
        let outerLength = try reader.optionalInt("original_max_position_embeddings")
        let maxLength = try reader.int("max_position_embeddings")
        let original = try scaling.optionalInt("original_max_position_embeddings") ?? outerLength ?? maxLength
        guard original > 1 else {
            throw facts.bad(
                "original_max_position_embeddings", nil, value: "\(original)", supported: "at least 2")
        }
        // Phi-3's first configurations call long rope by the name of another.
        switch scaling.has("short_factor") ? "longrope" : type {
        case "default": self = .none
        case "linear": self = .linear(factor: try scaling.positive("factor"))
        case "llama3":
            let low = try scaling.positive("low_freq_factor")
            let high = try scaling.positive("high_freq_factor")
            guard low < high else {
                throw facts.bad("high_freq_factor", nil, value: "\(high)", supported: "above low_freq_factor, \(low)")
            }
            self = .llama3(
                factor: try scaling.positive("factor"), lowFrequency: low, highFrequency: high,
                originalLength: original)
        case "yarn":
            self = .yarn(try RopeDescription.Yarn(scaling, originalLength: original, maxLength))
        case "longrope":
            let factor = try scaling.optionalDouble("factor") ?? Double(maxLength) / Double(original)
            self = .long(
                short: try scaling.divisors("short_factor", count: half),
                long: try scaling.divisors("long_factor", count: half), originalLength: original,
                attentionFactor: try scaling.optionalDouble("attention_factor")
                    ?? Self.longAttentionFactor(factor, original))
        default:
            throw facts.bad(
                "rope_type", nil, value: type, supported: "default, linear, llama3, yarn, longrope")
        }
    }

    /// From `rope.scaling.*` and GGUF's tensors of divisors.
    init(gguf facts: ModelFacts, half: Int) throws(ZondaError) {
        let original = try facts.optionalSize(nil, "rope.scaling.original_context_length")
        let maxLength = try facts.size("max_position_embeddings", "context_length")
        if let short = try facts.ggufVector("rope_factors_short.weight"),
            let long = try facts.ggufVector("rope_factors_long.weight")
        {
            try facts.check(short, "rope_factors_short.weight", count: half)
            try facts.check(long, "rope_factors_long.weight", count: half)
            let length = original ?? maxLength
            self = .long(
                short: short, long: long, originalLength: length,
                attentionFactor: try facts.optionalDouble(nil, "rope.scaling.attn_factor")
                    ?? Self.longAttentionFactor(Double(maxLength) / Double(length), length))
            return
        }
        if let divisors = try facts.ggufVector("rope_freqs.weight") {
            try facts.check(divisors, "rope_freqs.weight", count: half)
            self = .divisors(divisors)
            return
        }
        let factor = try facts.optionalDouble(nil, "rope.scaling.factor")
        switch try facts.optionalString("rope.scaling.type") ?? "none" {
        case "none": self = .none
        case "linear": self = .linear(factor: factor ?? 1)
        case "yarn":
            var yarn = RopeDescription.Yarn(factor: factor ?? 1, originalLength: original ?? maxLength)
            yarn.betaFast = try facts.optionalDouble(nil, "rope.scaling.yarn_beta_fast") ?? yarn.betaFast
            yarn.betaSlow = try facts.optionalDouble(nil, "rope.scaling.yarn_beta_slow") ?? yarn.betaSlow
            self = .yarn(yarn)
        case let type:
            throw facts.bad(nil, "rope.scaling.type", value: type, supported: "none, linear, yarn")
        }
    }

    /// sqrt(1 + ln(factor) / ln(original length)): Phi-3's, where a configuration states none.
    private static func longAttentionFactor(_ factor: Double, _ originalLength: Int) -> Double {
        factor <= 1 ? 1 : (1 + log(factor) / log(Double(originalLength))).squareRoot()
    }
}

extension RopeDescription.Yarn {
    fileprivate init(
        _ scaling: ConfigurationReader, originalLength: Int, _ maxLength: Int
    ) throws(ZondaError) {
        let isStated = scaling.has("factor")
        let factor = isStated ? try scaling.positive("factor") : Double(maxLength) / Double(originalLength)
        self.init(factor: factor, originalLength: originalLength)
        betaFast = try scaling.optionalDouble("beta_fast") ?? betaFast
        betaSlow = try scaling.optionalDouble("beta_slow") ?? betaSlow
        truncates = try scaling.optionalBool("truncate") ?? true
        attentionFactor = try scaling.optionalDouble("attention_factor")
        if attentionFactor == nil, let scale = try scaling.optionalDouble("mscale"),
            let allScale = try scaling.optionalDouble("mscale_all_dim"), factor > 1, scale != 0, allScale != 0
        {
            attentionFactor = (0.1 * scale * log(factor) + 1) / (0.1 * allScale * log(factor) + 1)
        }
    }
}

extension ConfigurationReader {
    fileprivate func positive(_ key: String) throws(ZondaError) -> Double {
        let value = try double(key)
        guard value > 0, value.isFinite else {
            throw ZondaError(
                .badConfiguration, "\(name): \(key) is \(value)", remedy: "supported: a positive number",
                facts: ["key": key])
        }
        return value
    }

    fileprivate func divisors(_ key: String, count: Int) throws(ZondaError) -> [Double] {
        let values = try doubleArray(key)
        guard values.count == count, values.allSatisfy({ $0 > 0 && $0.isFinite }) else {
            throw ZondaError(
                .badConfiguration, "\(name): \(key) has \(values.count) values",
                remedy: "supported: \(count) positive numbers, one per rotary pair", facts: ["key": key])
        }
        return values
    }
}

extension ModelFacts {
    fileprivate func check(_ values: [Double], _ tensor: String, count: Int) throws(ZondaError) {
        guard values.count == count, values.allSatisfy({ $0 > 0 && $0.isFinite }) else {
            throw ZondaError(
                .badTensor, "\(name): tensor \(tensor) has \(values.count) values",
                remedy: "it needs \(count) positive numbers, one per rotary pair", facts: ["tensor": tensor])
        }
    }

    fileprivate func optionalString(_ gguf: String) throws(ZondaError) -> String? {
        guard case .gguf(let metadata, let prefix) = source else { return nil }
        return try metadata.optionalString("\(prefix).\(gguf)")
    }
}
