import Testing
import ZondaCPU
import ZondaCore
import ZondaDevice

/// A device, as it is set up, that must agree with the reference.
struct Subject: Sendable, CustomTestStringConvertible {
    var instructionSet: InstructionSet
    var compute: ComputeType
    var threads = 2

    /// Every instruction set of this machine, in both compute types.
    static let all = InstructionSet.supported.flatMap { set in
        [ComputeType.float32, .fast].map { Subject(instructionSet: set, compute: $0) }
    }

    var testDescription: String { "\(instructionSet.rawValue) \(compute.rawValue), \(threads) threads" }

    func workbench(rows: Int = 128, slots: Int = 16) throws -> Workbench {
        try Workbench(
            CPUDevice(threads: threads, instructionSet: instructionSet), compute: compute, rows: rows, slots: slots)
    }

    /// Largest difference of a product that is allowed, as a share of the root mean square of the results.
    ///
    /// float32: sums of at most 1024 products in another order, 6e-8 each, of which the reference's are exact.
    /// fast: inputs are rounded to 15 bits per block of 256, which moves a result by 6e-5 on average and, over thousands
    /// of results, by up to 1e-3.
    func tolerance(_ dtype: DType) -> Float {
        switch dtype {
        case .f32, .f16, .bf16: 2e-5
        default: compute == .float32 ? 2e-5 : 1.5e-3
        }
    }
}

/// The devices that run on this machine's processor.
enum HostDevice: String, Sendable, CaseIterable {
    case reference
    case cpu

    func make() throws -> any Device {
        switch self {
        case .reference: ReferenceDevice()
        case .cpu: try CPUDevice(threads: 2)
        }
    }
}

/// What a test builds on a workbench: operations, and the tensors that hold the results.
struct Program {
    var operations: [Operation]
    var results: [Tensor]

    init(_ operations: Operation..., results: Tensor...) {
        self.operations = operations
        self.results = results
    }
}

/// The values of all results, one after the other.
func outcome(
    _ bench: Workbench, rows: Int, fusions: Fusions, inputs: StepInputs? = nil, _ build: (Workbench) throws -> Program
) throws -> [Float] {
    let program = try build(bench)
    try bench.forgetRecordings()
    let lowered = try program.operations.flatMap { try lower($0, for: fusions) }
    try bench.run(lowered, inputs: inputs, rows: rows)
    return try program.results.flatMap { try bench.values($0) }
}

/// Records an issue when `values` are not within `tolerance` times the root mean square of `expected`.
func expectClose(
    _ values: [Float], _ expected: [Float], tolerance: Float, _ what: @autoclosure () -> String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    guard values.count == expected.count else {
        Issue.record("\(what()): \(values.count) values, expected \(expected.count)", sourceLocation: sourceLocation)
        return
    }
    let scale = (expected.reduce(0) { $0 + $1 * $1 } / Float(max(expected.count, 1))).squareRoot()
    for (index, (value, right)) in zip(values, expected).enumerated() where !(abs(value - right) <= tolerance * scale) {
        Issue.record(
            "\(what()): value \(index) is \(value), expected \(right) within \(tolerance * scale)",
            sourceLocation: sourceLocation)
        return
    }
}

/// Random numbers with a name, so that the same text gives the same values on every device.
struct Noise: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: Int) { state = UInt64(bitPattern: Int64(seed)) &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }

    /// Values within ±`scale`; one in 50 is 10 times as large, as in the activations of real models.
    static func values(_ count: Int, seed: Int, scale: Float = 1) -> [Float] {
        var noise = Noise(seed)
        for _ in 0..<8 { _ = noise.next() }
        return (0..<count).map { _ in
            let value = Float.random(in: -scale...scale, using: &noise)
            return Int.random(in: 0..<50, using: &noise) == 0 ? value * 10 : value
        }
    }
}

extension Workbench {
    func noise(rows: Int, columns: Int, seed: Int, scale: Float = 1, stride: Int? = nil) throws -> Tensor {
        try tensor(Noise.values(rows * columns, seed: seed, scale: scale), columns: columns, stride: stride)
    }

    func workspace(rows: Int, normed: Int, product: Int) throws -> Workspace {
        Workspace(normed: try tensor(rows: rows, columns: normed), product: try tensor(rows: rows, columns: product))
    }
}
