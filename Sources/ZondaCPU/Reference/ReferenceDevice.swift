public import ZondaCore
public import ZondaDevice

/// The oracle: every operation as a plain loop, float32 values, sums in double precision, no fusion, one thread.
///
/// Slow by design. Weights stay in the file's own bytes. Not `Sendable`: used by one thread, as any device.
public final class ReferenceDevice: Device {
    public let info: DeviceInfo

    public init() {
        info = DeviceInfo(
            id: "reference", description: "plain Swift, one thread", memoryByteCount: HostMemory.availableByteCount(),
            totalByteCount: HostMemory.totalByteCount(), usableShare: 0.9375, kvShare: 0.25, keepsWeights: false,
            fusions: [], kvTypes: [.f16, .f32, .q8_0])
    }

    public func layout(of weight: WeightSpec) throws(ZondaError) -> PackedLayout {
        guard weight.dtype.isWeight else { throw weight.wrongType }
        guard
            let rowBytes = weight.dtype.byteCount(of: weight.columns),
            case (let byteCount, let overflow) = rowBytes.multipliedReportingOverflow(by: weight.rows), !overflow,
            weight.rows > 0, weight.columns > 0
        else { throw weight.wrongSize }
        return PackedLayout(
            dtype: weight.dtype, rows: weight.rows, columns: weight.columns, byteCount: byteCount, rowGranule: 1)
    }

    public func pack(_ weight: WeightSpec, from source: any TileSource) throws(ZondaError) -> PackedWeight {
        let layout = try layout(of: weight)
        let memory = try HostMemory.allocate(byteCount: layout.byteCount, for: weight.name)
        let destination = UnsafeMutableRawBufferPointer(
            start: UnsafeMutableRawPointer(bitPattern: memory.address), count: layout.byteCount)
        let rowBytes = layout.byteCount / layout.rows
        let tileRows = max(1, (1 << 20) / rowBytes)
        for first in stride(from: 0, to: weight.rows, by: tileRows) {
            let range = first..<min(first + tileRows, weight.rows)
            try source.withRows(range) { (bytes) throws(ZondaError) in
                guard bytes.count == range.count * rowBytes else {
                    throw ZondaError(
                        .badTensor,
                        "\(weight.name): rows \(range) have \(bytes.count) bytes, expected \(range.count * rowBytes)",
                        remedy: "the file is damaged; fetch it again")
                }
                UnsafeMutableRawBufferPointer(rebasing: destination[(first * rowBytes)...]).copyMemory(from: bytes)
            }
            source.discardRows(below: range.upperBound)
        }
        return PackedWeight(name: weight.name, layout: layout, memory: memory)
    }

    public func allocate(byteCount: Int) throws(ZondaError) -> DeviceMemory {
        try HostMemory.allocate(byteCount: byteCount, for: "an allocation")
    }

    public func upload(_ values: [Float], to tensor: Tensor) throws(ZondaError) {
        try HostMemory.upload(values, to: tensor)
    }

    public func pageByteCount(of spec: KVSpec) throws(ZondaError) -> Int {
        try ReferenceCache(spec).pageByteCount
    }

    public func streamMemory(limits: StepLimits, step: StepRecorder) throws(ZondaError) -> StreamMemory {
        StreamMemory()
    }

    public func makeStream(limits: StepLimits) throws(ZondaError) -> any Stream {
        ReferenceStream(info: info, limits: limits)
    }
}

extension HostMemory {
    static func upload(_ values: [Float], to tensor: Tensor) throws(ZondaError) {
        let view = try RowView(tensor)
        guard values.count == view.rows * view.columns else {
            throw ZondaError(
                .internalFault, "\(values.count) values uploaded to a tensor \(tensor.shape)", remedy: "report this")
        }
        for row in 0..<view.rows {
            for column in 0..<view.columns { view[row][column] = values[row * view.columns + column] }
        }
    }

    static func read(_ tensor: Tensor) throws(ZondaError) -> [Float] {
        let view = try RowView(tensor)
        var values: [Float] = []
        values.reserveCapacity(view.rows * view.columns)
        for row in 0..<view.rows { values.append(contentsOf: view[row]) }
        return values
    }
}
