import Glibc
import ZondaCore
import ZondaDevice
import ZondaFormats

extension RopeDescription {
    /// Reads base, partial rotation and scaling: the classic keys (`rope_theta`, `rope_scaling`), the newer ones
    /// (`rope_parameters`), or GGUF's `rope.*`.
    ///
    /// - Parameter kind: the entry of `rope_parameters` for models that have one per kind of layer.
    init(
        _ facts: ModelFacts, headSize: Int, style: Rope.Style, kind: String? = nil, defaultTheta: Double = 10_000
    ) throws(ZondaError) {
        switch facts.source {
        case .hub(let reader):
            try self.init(reader, facts, headSize: headSize, style: style, kind: kind, defaultTheta: defaultTheta)
        case .gguf: try self.init(gguf: facts, headSize: headSize, style: style, defaultTheta: defaultTheta)
        }
    }

    private init(
        _ reader: ConfigurationReader, _ facts: ModelFacts, headSize: Int, style: Rope.Style, kind: String?,
        defaultTheta: Double
    ) throws(ZondaError) {
        var scaling = try reader.optionalObject("rope_parameters")
        if let kind, let entry = try scaling?.optionalObject(kind) { scaling = entry }
        if scaling == nil { scaling = try reader.optionalObject("rope_scaling") }
        let theta = try scaling.value("rope_theta", else: reader) ?? defaultTheta
        let fraction = try scaling.value("partial_rotary_factor", else: reader) ?? 1
        let rotarySize = Int(Double(headSize) * fraction)
        guard theta > 0, theta.isFinite else {
            throw facts.bad("rope_theta", nil, value: "\(theta)", supported: "a positive number")
        }
        guard (2...headSize).contains(rotarySize), rotarySize % 2 == 0 else {
            throw facts.bad(
                "partial_rotary_factor", nil, value: "\(fraction)",
                supported: "an even share of the \(headSize) values of a head")
        }
        self.init(style: style, rotarySize: rotarySize, theta: theta)
        if let scaling { self.scaling = try Scaling(scaling, reader, facts, half: rotarySize / 2) }
    }

    private init(gguf facts: ModelFacts, headSize: Int, style: Rope.Style, defaultTheta: Double) throws(ZondaError) {
        let rotarySize = try facts.optionalSize(nil, "rope.dimension_count") ?? headSize
        let theta = try facts.optionalDouble(nil, "rope.freq_base") ?? defaultTheta
        guard theta > 0, theta.isFinite else {
            throw facts.bad(nil, "rope.freq_base", value: "\(theta)", supported: "a positive number")
        }
        guard (2...headSize).contains(rotarySize), rotarySize % 2 == 0 else {
            throw facts.bad(nil, "rope.dimension_count", value: "\(rotarySize)", supported: "even, 2 to \(headSize)")
        }
        self.init(style: style, rotarySize: rotarySize, theta: theta)
        scaling = try Scaling(gguf: facts, half: rotarySize / 2)
    }
}

extension RopeDescription.Scaling {
    fileprivate init(
        _ scaling: ConfigurationReader, _ reader: ConfigurationReader, _ facts: ModelFacts, half: Int
    ) throws(ZondaError) {
        let oldType = try scaling.optionalString("type")
        let type = try scaling.optionalString("rope_type") ?? oldType ?? "default"
        let outerLength = try reader.optionalInt("original_max_position_embeddings")
        let originalLength = try scaling.optionalInt("original_max_position_embeddings") ?? outerLength
        let maxLength = try reader.int("max_position_embeddings")
        switch type {
        case "default": self = .none
        case "linear": self = .linear(factor: try scaling.positive("factor"))
        case "llama3":
            self = .llama3(
                factor: try scaling.positive("factor"), lowFrequency: try scaling.positive("low_freq_factor"),
                highFrequency: try scaling.positive("high_freq_factor"), originalLength: originalLength ?? maxLength)
        case "yarn":
            var yarn = RopeDescription.Yarn(
                factor: try scaling.positive("factor"), originalLength: originalLength ?? maxLength)
            yarn.betaFast = try scaling.optionalDouble("beta_fast") ?? yarn.betaFast
            yarn.betaSlow = try scaling.optionalDouble("beta_slow") ?? yarn.betaSlow
            yarn.truncates = try scaling.optionalBool("truncate") ?? true
            yarn.attentionFactor = try scaling.optionalDouble("attention_factor")
            self = .yarn(yarn)
        case "longrope", "su":
            let original = originalLength ?? maxLength
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

    fileprivate init(gguf facts: ModelFacts, half: Int) throws(ZondaError) {
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
        case "yarn": self = .yarn(.init(factor: factor ?? 1, originalLength: original ?? maxLength))
        case let type:
            throw facts.bad(nil, "rope.scaling.type", value: type, supported: "none, linear, yarn")
        }
    }

    /// sqrt(1 + ln(factor) / ln(original length)): Phi-3's, where a configuration states none.
    private static func longAttentionFactor(_ factor: Double, _ originalLength: Int) -> Double {
        factor <= 1 ? 1 : (1 + log(factor) / log(Double(originalLength))).squareRoot()
    }
}

extension ConfigurationReader? {
    /// The number `key` of this object, or of the outer one.
    fileprivate func value(_ key: String, else outer: ConfigurationReader) throws(ZondaError) -> Double? {
        if let value = try self?.optionalDouble(key) { return value }
        return try outer.optionalDouble(key)
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
