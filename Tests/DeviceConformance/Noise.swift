public import ZondaCore

/// Random numbers with a name, so that the same text gives the same values on every device.
public struct Noise: RandomNumberGenerator {
    private var state: UInt64

    public init(_ seed: Int) { state = UInt64(bitPattern: Int64(seed)) &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678 }

    public mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }

    /// Values within ±`scale`; one in 50 is 10 times as large, as in the activations of real models.
    public static func values(_ count: Int, seed: Int, scale: Float = 1) -> [Float] {
        var noise = Noise(seed)
        for _ in 0..<8 { _ = noise.next() }
        return (0..<count).map { _ in
            let value = Float.random(in: -scale...scale, using: &noise)
            return Int.random(in: 0..<50, using: &noise) == 0 ? value * 10 : value
        }
    }
}

extension DType {
    /// Types of weights, all that files hold.
    public static var weights: [DType] {
        allCases.filter { ![.f64, .i64, .i32, .i16, .i8, .u8, .bool, .fp8].contains($0) }
    }
}
