#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Unnormalized probabilities as integers: exp((logit - largest) / temperature) in units of 2^-40.
///
/// Integer sums are the same in any order, so a row's total, every cumulative sum and the draw are equal bit for bit
/// on every device that rounds float32 as IEEE 754 says, however it splits the work. What is lost is below 2^-41 per
/// token: less than float32 softmax loses.
package struct ProbabilityMass {
    /// The mass of the likeliest token.
    package static let one: UInt64 = 1 << 40
    /// More than 2^23 logits could overflow the sum of a row; no vocabulary is near.
    package static let maxRowCount = 1 << 22

    let largest: Float
    /// Turns a difference of logits into a power of two.
    package let factor: Float

    package init(largest: Float, temperature: Float) {
        // An infinite largest logit would make every difference infinite or NaN.
        self.largest = min(largest, .greatestFiniteMagnitude)
        factor = Float(1.442_695_040_888_963_4 / Double(temperature))
    }

    /// log2 of the eight masses in units of `one`; NaN becomes no mass at all.
    @inline(__always)
    func exponents(_ logits: SIMD8<Float>) -> SIMD8<Float> {
        let scaled = (logits - largest) * factor
        // Each one instruction, and a comparison with NaN is false: the constant stays.
        let clamped = SIMD8<Float>(repeating: -60).replacing(with: scaled, where: scaled .> -60)
        return SIMD8<Float>.zero.replacing(with: clamped, where: clamped .< 0)
    }

    /// Eight masses, each as `high * 2^20 + low`; `high` is within 2^20 and `low` within ±2^19.
    // No fused multiply-add, and this order of operations: both are part of the contract between devices.
    @inline(__always)
    package func masses(_ logits: SIMD8<Float>) -> (high: SIMD8<Int32>, low: SIMD8<Int32>) {
        let exponents = exponents(logits)
        // Adding 1.5 * 2^23 leaves the nearest integer in the low bits of a float.
        let shifted = exponents + Self.roundingBias
        let fraction = exponents - (shifted - Self.roundingBias)
        // 2^fraction by its series; the first term left out is below 1.3e-7, as much as float32 rounds.
        var power = fraction * 1.540_353e-4 + 1.333_355_8e-3
        power = power * fraction + 9.618_129e-3
        power = power * fraction + 5.550_411e-2
        power = power * fraction + 0.240_226_5
        power = power * fraction + 0.693_147_2
        power = power * fraction + 1
        // Multiplying by 2^(integer + 20) through the bits of a float: 127 + 20 is its exponent's bias.
        let scale = unsafeBitCast((bits(shifted) &<< 23) &+ Int32(147 << 23), to: SIMD8<Float>.self)
        let scaled = power * scale
        let high = scaled + Self.roundingBias
        let rest = (scaled - (high - Self.roundingBias)) * 1_048_576 + Self.roundingBias
        return (bits(high) &- Self.roundingBits, bits(rest) &- Self.roundingBits)
    }

    /// The sum over a row.
    func total(_ row: LogitRow, _ maxima: BlockMaxima) -> UInt64 {
        var total: Int64 = 0
        for block in 0..<maxima.blockCount {
            // exp2(-42) in units of 2^-40 rounds to zero, for this and all smaller logits of the block.
            if (maxima.values[block] - largest) * factor < -42 { continue }
            var high = SIMD8<Int32>.zero
            var low = SIMD8<Int32>.zero
            let range = BlockMaxima.range(of: block, in: row)
            for index in stride(from: range.lowerBound, to: range.upperBound, by: 8) {
                let masses = masses(row.lanes(at: index))
                high &+= masses.high
                low &+= masses.low
            }
            total += Int64(high.wrappedSum()) << 20 + Int64(low.wrappedSum())
        }
        return UInt64(total)
    }

    /// The natural logarithm of a probability, given a row's largest logit and its total at temperature 1.
    package static func logprob(_ logit: Float, largest: Float, total: UInt64) -> Float {
        Float(Double(min(logit, .greatestFiniteMagnitude)) - Double(largest) - log(Double(total) / Double(one)))
    }

    private func bits(_ floats: SIMD8<Float>) -> SIMD8<Int32> { unsafeBitCast(floats, to: SIMD8<Int32>.self) }

    private static let roundingBias: Float = 12_582_912
    private static let roundingBits = Int32(bitPattern: Float(12_582_912).bitPattern)
}
