import Glibc
public import ZondaDevice

/// Rotary positions: base, scaling and which values of a head turn (Su et al. 2021).
public struct RopeDescription: Sendable, Hashable {
    public var style: Rope.Style
    /// Values of a head that turn.
    public var rotarySize: Int
    public var theta: Double
    public var scaling: Scaling

    /// How frequencies are stretched to reach beyond the trained context.
    public enum Scaling: Sendable, Hashable {
        case none
        /// Positions divided by `factor` (Chen et al. 2023).
        case linear(factor: Double)
        /// Llama 3.1: low frequencies divided by `factor`, high ones kept, a ramp between.
        case llama3(factor: Double, lowFrequency: Double, highFrequency: Double, originalLength: Int)
        /// YaRN (Peng et al. 2023).
        case yarn(Yarn)
        /// One divisor per frequency: `short` while the whole request stays within `originalLength`, else `long` (Ding et
        /// al. 2024). Cosines and sines are multiplied by `attentionFactor`.
        case long(short: [Double], long: [Double], originalLength: Int, attentionFactor: Double)
        /// One divisor per frequency, as GGUF stores Llama 3.1's.
        case divisors([Double])
    }

    public struct Yarn: Sendable, Hashable {
        public var factor: Double
        public var originalLength: Int
        public var betaFast: Double = 32
        public var betaSlow: Double = 1
        /// Nil: 0.1 ln(factor) + 1.
        public var attentionFactor: Double?
        /// Whether the ramp's ends are rounded to whole dimensions.
        public var truncates = true

        public init(factor: Double, originalLength: Int) {
            self.factor = factor
            self.originalLength = originalLength
        }
    }

    public init(style: Rope.Style, rotarySize: Int, theta: Double, scaling: Scaling = .none) {
        self.style = style
        self.rotarySize = rotarySize
        self.theta = theta
        self.scaling = scaling
    }

    /// How many tables the model needs, and the sequence length up to which variant 0 holds.
    public var variantCount: Int { if case .long = scaling { 2 } else { 1 } }

    /// Which table a request uses that may reach `length` tokens.
    public func variant(reaching length: Int) -> Int {
        if case .long(_, _, let originalLength, _) = scaling, length > originalLength { 1 } else { 0 }
    }

    /// [rotarySize / 2] radians per position.
    public func frequencies(variant: Int) -> [Float] {
        let half = rotarySize / 2
        let plain = (0..<half).map { pow(theta, -2 * Double($0) / Double(rotarySize)) }
        switch scaling {
        case .none: return plain.map { Float($0) }
        case .linear(let factor): return plain.map { Float($0 / factor) }
        case .divisors(let divisors): return zip(plain, divisors).map { Float($0 / $1) }
        case .long(let short, let long, _, _):
            return zip(plain, variant == 0 ? short : long).map { Float($0 / $1) }
        case .llama3(let factor, let low, let high, let originalLength):
            return plain.map { frequency in
                // Where the wavelength fits `low` times into the trained context and less, and `high` times and more.
                let turns = Double(originalLength) * frequency / (2 * .pi)
                let kept = min(1, max(0, (turns - low) / (high - low)))
                return Float((1 - kept) * frequency / factor + kept * frequency)
            }
        case .yarn(let yarn):
            let range = yarn.rampRange(rotarySize: rotarySize, theta: theta)
            return plain.enumerated().map { index, frequency in
                let ramp = (Double(index) - range.low) / max(range.high - range.low, 0.001)
                let kept = 1 - min(1, max(0, ramp))
                return Float(frequency / yarn.factor * (1 - kept) + frequency * kept)
            }
        }
    }

    /// What cosines and sines are multiplied by.
    public var attentionFactor: Double {
        switch scaling {
        case .long(_, _, _, let factor): factor
        case .yarn(let yarn): yarn.attentionFactor ?? (yarn.factor > 1 ? 0.1 * log(yarn.factor) + 1 : 1)
        default: 1
        }
    }

    /// float32 [count, rotarySize] for positions `first ..< first + count`: cosines, then sines.
    ///
    /// The angle is rounded to float32 before its cosine is taken, as the reference implementations do.
    public func table(variant: Int, first: Int, count: Int) -> [Float] {
        let frequencies = frequencies(variant: variant)
        let factor = Float(attentionFactor)
        var table: [Float] = []
        table.reserveCapacity(count * rotarySize)
        for position in first..<first + count {
            let angles = frequencies.map { Double(Float(position) * $0) }
            table.append(contentsOf: angles.map { Float(cos($0)) * factor })
            table.append(contentsOf: angles.map { Float(sin($0)) * factor })
        }
        return table
    }
}

extension RopeDescription.Yarn {
    /// The dimensions between which frequencies pass from kept to divided.
    fileprivate func rampRange(rotarySize: Int, theta: Double) -> (low: Double, high: Double) {
        func dimension(turns: Double) -> Double {
            Double(rotarySize) * log(Double(originalLength) / (turns * 2 * .pi)) / (2 * log(theta))
        }
        var (low, high) = (dimension(turns: betaFast), dimension(turns: betaSlow))
        if truncates { (low, high) = (floor(low), ceil(high)) }
        return (max(low, 0), min(high, Double(rotarySize - 1)))
    }
}
