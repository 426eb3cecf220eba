import DeviceConformance
import ZondaCUDA
import ZondaCore
import ZondaDevice

/// A mixture of experts over rows made of numbers, for any device.
struct MixtureCase: CustomStringConvertible {
    var experts = 8
    var top = 2
    var hidden = 256
    var inner = 256
    /// Of gate, up and down; of expert e the one at e modulo the count.
    var gate: [DType] = [.q4_K]
    var up: [DType] = [.q4_K]
    var down: [DType] = [.q6_K]
    var renormalizes = true
    var norm: NormSpec.Kind?
    var residual: Float?
    var activation = Activation.silu
    /// What is added to an expert's score in every row.
    var bias: [Int: Float] = [:]

    var description: String {
        "\(top) of \(experts), \([gate, up, down].map { $0.map(\.rawValue).joined(separator: "/") })\(bias)"
    }

    /// Input rows; column 0 is 1, which is what a bias multiplies.
    func input(rows: Int, seed: UInt64 = 1) -> [Float] {
        var random = Random(state: 0x9E37_79B9 &+ seed &* 7919)
        var values = random.floats(rows * hidden, in: -2...2)
        for row in 0..<rows { values[row * hidden] = 1 }
        return values
    }

    private func router(on device: any Device) throws -> PackedWeight {
        var random = Random(state: 0x1234_5678_9ABC)
        var values = random.floats(experts * hidden, in: -0.2...0.2)
        for (expert, bias) in bias { values[expert * hidden] = bias }
        let bytes = values.flatMap { withUnsafeBytes(of: $0, Array.init) }
        let spec = WeightSpec(name: "router", dtype: .f32, rows: experts, columns: hidden)
        return try device.pack(spec, from: ByteSource(bytes: bytes, rowByteCount: hidden * 4))
    }

    private func weights(
        _ name: String, _ types: [DType], rows: Int, columns: Int, on device: any Device
    ) throws -> [PackedWeight] {
        try (0..<experts).map { expert in
            let spec = WeightSpec(
                name: "\(name) \(expert)", dtype: types[expert % types.count], rows: rows, columns: columns)
            let seed = UInt64(name.utf8.first ?? 0) * 1000 + UInt64(expert)
            return try device.pack(spec, from: RandomTileSource(spec, seed: seed))
        }
    }

    /// The operation, from a tensor to another of as many rows; the residual is the input.
    func operation(on device: any Device, input: Tensor, output: Tensor) throws -> ExpertsOp {
        func rowsOf(_ columns: Int) throws -> Tensor {
            Tensor(
                try device.allocate(byteCount: input.rows * columns * 4), rows: input.rows, columns: columns)
        }
        var op = ExpertsOp(
            input: input, router: try router(on: device),
            gate: try weights("gate", gate, rows: inner, columns: hidden, on: device),
            up: try weights("up", up, rows: inner, columns: hidden, on: device),
            down: try weights("down", down, rows: hidden, columns: inner, on: device), topK: top,
            renormalizes: renormalizes, activation: activation,
            residual: residual.map { Residual(input, scale: $0) }, output: output,
            workspace: Workspace(normed: try rowsOf(hidden), product: try rowsOf(hidden)))
        if let norm {
            let weight = Tensor(try device.allocate(byteCount: hidden * 4), rows: 1, columns: hidden)
            var random = Random(state: 77)
            try device.upload(random.floats(hidden, in: 0.5...1.5), to: weight)
            op.norm = NormSpec(kind: norm, weight: weight, epsilon: 1e-5)
        }
        return op
    }
}

/// A mixture on one device, whose weights are packed once.
final class MixtureBench {
    let device: any Device
    private let stream: any ZondaDevice.Stream
    private let shape: MixtureCase
    private let op: ExpertsOp

    /// - Parameter rows: of the largest step.
    init(_ shape: MixtureCase, rows: Int, on device: any Device, compute: ComputeType = .fast) throws {
        self.device = device
        self.shape = shape
        stream = try device.makeStream(limits: StepLimits(rows: rows, slots: rows, compute: compute))
        func tensor() throws -> Tensor {
            Tensor(try device.allocate(byteCount: rows * shape.hidden * 4), rows: rows, columns: shape.hidden)
        }
        op = try shape.operation(on: device, input: try tensor(), output: try tensor())
    }

    /// The output for these rows. Equal counts of rows are one recording.
    func run(_ values: [Float]) throws -> [Float] {
        let rows = values.count / shape.hidden
        var op = op
        op.input = op.input.prefix(rows: rows)
        op.output = op.output.prefix(rows: rows)
        if let residual = op.residual {
            op.residual = Residual(residual.tensor.prefix(rows: rows), scale: residual.scale)
        }
        try device.upload(values, to: op.input)
        try stream.update(.plainRows(rows))
        try stream.submit(StepKey(.forward, rows: rows, logitRows: 0)) { (encoder) throws(ZondaError) in
            try encoder.encode(.experts(op))
        }
        return try stream.read(op.output)
    }
}

extension StepInputs {
    /// Rows that are each the first of a sequence, for operations that look at rows only.
    static func plainRows(_ count: Int) -> StepInputs {
        var inputs = StepInputs()
        inputs.tokens = Array(repeating: 0, count: count)
        inputs.slots = Array(repeating: 0, count: count)
        inputs.positions = Array(repeating: 0, count: count)
        inputs.ropeVariants = Array(repeating: 0, count: count)
        inputs.spans = (0..<Int32(count)).map { Span(firstRow: $0, rowCount: 1, firstPosition: 0) }
        return inputs
    }
}

/// The largest difference as a share of the root mean square of what was expected.
func worstError(_ values: [Float], _ expected: [Float]) -> Float {
    let size = (expected.reduce(0) { $0 + $1 * $1 } / Float(expected.count)).squareRoot()
    guard values.count == expected.count else { return .infinity }
    return zip(values, expected).reduce(0) { worst, pair in
        let error = abs(pair.0 - pair.1) / size
        return error.isNaN ? .infinity : max(worst, error)
    }
}
