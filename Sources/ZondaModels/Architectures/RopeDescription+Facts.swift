import ZondaCore
import ZondaDevice
import ZondaFormats

extension RopeDescription {
    /// Reads base, partial rotation and scaling: the classic keys (`rope_theta`, `rope_scaling`), the newer ones
    /// (`rope_parameters`), or GGUF's `rope.*`.
    ///
    /// - Parameter kind: for models that have one rope per kind of layer.
    init(
        _ facts: ModelFacts, headSize: Int, style: Rope.Style, kind: Kind = .only
    ) throws(ZondaError) {
        switch facts.source {
        case .hub(let reader): try self.init(reader, facts, headSize: headSize, style: style, kind: kind)
        case .gguf: try self.init(gguf: facts, headSize: headSize, style: style, kind: kind)
        }
    }

    /// The keys of a rope.
    struct Kind {
        /// Its entry of `rope_parameters`.
        var entry: String?
        var thetaKey = "rope_theta"
        var ggufThetaKey = "rope.freq_base"
        /// Whether `rope_scaling` is meant for it.
        var isScaled = true

        static let only = Kind()
    }

    private init(
        _ reader: ConfigurationReader, _ facts: ModelFacts, headSize: Int, style: Rope.Style, kind: Kind
    ) throws(ZondaError) {
        var scaling = try reader.optionalObject("rope_parameters")
        if let key = kind.entry, let entry = try scaling?.optionalObject(key) { scaling = entry }
        if scaling == nil, kind.isScaled { scaling = try reader.optionalObject("rope_scaling") }
        let outerTheta = try reader.optionalDouble(kind.thetaKey)
        let theta = try scaling?.optionalDouble("rope_theta") ?? outerTheta ?? Self.defaultTheta
        let outerFraction = try reader.optionalDouble("partial_rotary_factor")
        let fraction = try scaling?.optionalDouble("partial_rotary_factor") ?? outerFraction ?? 1
        guard theta > 0, theta.isFinite else {
            throw facts.bad(kind.thetaKey, nil, value: "\(theta)", supported: "a positive number")
        }
        guard fraction > 0, fraction <= 1, case let size = Int(Double(headSize) * fraction), size >= 2, size % 2 == 0
        else {
            throw facts.bad(
                "partial_rotary_factor", nil, value: "\(fraction)",
                supported: "an even share of the \(headSize) values of a head")
        }
        self.init(style: style, rotarySize: size, theta: theta)
        if let scaling { self.scaling = try Scaling(scaling, reader, facts, half: size / 2) }
    }

    private static let defaultTheta = 10_000.0

    private init(gguf facts: ModelFacts, headSize: Int, style: Rope.Style, kind: Kind) throws(ZondaError) {
        let rotarySize = try facts.optionalSize(nil, "rope.dimension_count") ?? headSize
        let theta = try facts.optionalDouble(nil, kind.ggufThetaKey) ?? Self.defaultTheta
        guard theta > 0, theta.isFinite else {
            throw facts.bad(nil, kind.ggufThetaKey, value: "\(theta)", supported: "a positive number")
        }
        guard rotarySize >= 2, rotarySize <= headSize, rotarySize % 2 == 0 else {
            throw facts.bad(nil, "rope.dimension_count", value: "\(rotarySize)", supported: "even, 2 to \(headSize)")
        }
        self.init(style: style, rotarySize: rotarySize, theta: theta)
        if kind.isScaled { scaling = try Scaling(gguf: facts, half: rotarySize / 2) }
    }
}
