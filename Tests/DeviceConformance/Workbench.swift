public import ZondaCore
public import ZondaDevice

/// One device with a stream, and tensors made of values: what a test runs operations on.
public final class Workbench {
    public let device: any Device
    public private(set) var stream: any ZondaDevice.Stream
    private let limits: StepLimits
    private var sharedTensors: [Shape: Tensor] = [:]
    private var weights: [WeightSpec: PackedWeight] = [:]

    public init(_ device: any Device, compute: ComputeType = .float32, rows: Int = 128, slots: Int = 128) throws {
        self.device = device
        limits = StepLimits(rows: rows, slots: slots, compute: compute)
        stream = try device.makeStream(limits: limits)
    }

    /// A new stream: an equal key may then stand for other operations.
    public func forgetRecordings() throws { stream = try device.makeStream(limits: limits) }

    /// A float32 tensor; rows `stride` elements apart when given.
    public func tensor(rows: Int, columns: Int, stride: Int? = nil) throws -> Tensor {
        let memory = try device.allocate(byteCount: rows * (stride ?? columns) * 4)
        return Tensor(memory, rows: rows, columns: columns, rowStride: stride)
    }

    public func tensor(_ values: [Float], columns: Int, stride: Int? = nil) throws -> Tensor {
        let tensor = try tensor(rows: values.count / columns, columns: columns, stride: stride)
        try device.upload(values, to: tensor)
        return tensor
    }

    /// The one tensor of this shape that is called by it: what a recording that is replayed reads.
    public func shared(rows: Int, columns: Int) throws -> Tensor {
        if let tensor = sharedTensors[[rows, columns]] { return tensor }
        let tensor = try tensor(rows: rows, columns: columns)
        sharedTensors[tensor.shape] = tensor
        return tensor
    }

    /// A weight of random bits, with values of deviation 1 / √columns; packed once.
    public func weight(_ dtype: DType, rows: Int, columns: Int, seed: Int) throws -> PackedWeight {
        let spec = WeightSpec(name: "weight \(seed)", dtype: dtype, rows: rows, columns: columns)
        if let weight = weights[spec] { return weight }
        let weight = try device.pack(spec, from: HostRows(RandomTileSource(spec, seed: UInt64(seed))))
        weights[spec] = weight
        return weight
    }

    /// Runs operations as one submission; `inputs` default to plain rows of one sequence each.
    public func run(_ operations: [Operation], inputs: StepInputs? = nil, rows: Int) throws {
        let inputs = inputs ?? .rows(rows)
        try stream.update(inputs)
        let key = StepKey(.forward, rows: rows, logitRows: inputs.logitRows.count)
        try stream.submit(key) { (encoder) throws(ZondaError) in
            for operation in operations { try encoder.encode(operation) }
        }
    }

    public func values(_ tensor: Tensor) throws -> [Float] { try stream.read(tensor) }
}

extension StepInputs {
    /// `count` rows, each the first token of a sequence of its own, for operations that look at rows only.
    public static func rows(_ count: Int) -> StepInputs {
        var inputs = StepInputs()
        inputs.tokens = [TokenID](repeating: 0, count: count)
        inputs.slots = [Int32](repeating: 0, count: count)
        inputs.positions = [Int32](repeating: 0, count: count)
        inputs.ropeVariants = [Int32](repeating: 0, count: count)
        inputs.spans = (0..<Int32(count)).map { Span(firstRow: $0, rowCount: 1, firstPosition: 0) }
        return inputs
    }
}

/// Rows that the host makes, so that every device gets the same: some make random ones of their own.
public struct HostRows: TileSource {
    private let source: any TileSource

    public init(_ source: any TileSource) { self.source = source }

    public func withRows(
        _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(ZondaError) -> Void
    ) throws(ZondaError) { try source.withRows(range, body) }

    public func discardRows(below row: Int) { source.discardRows(below: row) }
}

/// Bytes in memory as the rows of a weight.
public struct ByteSource: TileSource {
    let bytes: [UInt8]
    let rowByteCount: Int

    public init(bytes: [UInt8], rowByteCount: Int) {
        self.bytes = bytes
        self.rowByteCount = rowByteCount
    }

    public func withRows(
        _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(ZondaError) -> Void
    ) throws(ZondaError) {
        try bytes.span.bytes.withUnsafeBytes { (all) throws(ZondaError) in
            try body(
                UnsafeRawBufferPointer(
                    rebasing: all[range.lowerBound * rowByteCount..<range.upperBound * rowByteCount]))
        }
    }

    public func discardRows(below row: Int) {}
}

extension Workbench {
    public func noise(rows: Int, columns: Int, seed: Int, scale: Float = 1, stride: Int? = nil) throws -> Tensor {
        try tensor(Noise.values(rows * columns, seed: seed, scale: scale), columns: columns, stride: stride)
    }

    func workspace(rows: Int, normed: Int, product: Int) throws -> Workspace {
        Workspace(normed: try tensor(rows: rows, columns: normed), product: try tensor(rows: rows, columns: product))
    }

    func norm(_ kind: NormSpec.Kind, size: Int) throws -> NormSpec {
        let weight = try tensor(Noise.values(size, seed: 90).map { 1 + 0.1 * $0 }, columns: size)
        let bias = kind == .layer ? try noise(rows: 1, columns: size, seed: 91, scale: 0.1) : nil
        return NormSpec(kind: kind, weight: weight, bias: bias, epsilon: 1e-5)
    }
}
