import CZondaSIMD
import Testing

/// Kernels of one instruction set that this machine has, as a test argument.
struct InstructionSet: CustomTestStringConvertible, Sendable {
    let name: String
    private let isa: zonda_isa

    var kernels: zonda_kernels { zonda_kernels_for(isa).pointee }
    var testDescription: String { name }

    static let available: [InstructionSet] = (0..<UInt32(ZONDA_ISA_COUNT)).compactMap { raw in
        let isa = zonda_isa(rawValue: raw)
        guard let kernels = zonda_kernels_for(isa) else { return nil }
        return InstructionSet(name: String(cString: kernels.pointee.name), isa: isa)
    }
}

/// Seeded values for tests (SplitMix64).
struct TestRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func floats(_ count: Int, in range: ClosedRange<Float> = -1...1) -> [Float] {
        (0..<count).map { _ in Float.random(in: range, using: &self) }
    }
}
