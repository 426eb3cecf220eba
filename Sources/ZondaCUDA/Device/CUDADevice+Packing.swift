import CZondaKernels
public import ZondaCore
public import ZondaDevice

extension CUDADevice {
    public func layout(of weight: WeightSpec) throws(ZondaError) -> PackedLayout {
        let format = try format(of: weight)
        guard
            weight.rows > 0, weight.columns > 0, weight.dtype.byteCount(of: weight.columns) != nil,
            case let byteCount = zonda_gpu_weight_bytes(format.layout, Int64(weight.rows), Int64(weight.columns)),
            byteCount > 0, let byteCount = Int(exactly: byteCount)
        else { throw weight.wrongSize }
        return PackedLayout(
            dtype: weight.dtype, rows: weight.rows, columns: weight.columns, byteCount: byteCount,
            rowGranule: Int(ZONDA_GPU_TILE_ROWS))
    }

    public func pack(_ weight: WeightSpec, from source: any TileSource) throws(ZondaError) -> PackedWeight {
        if let rows = source.randomRows { return try makeRandom(weight, rows) }
        let (layout, format) = (try layout(of: weight), try format(of: weight))
        let memory = try DeviceMemory.allocate(byteCount: layout.byteCount, for: weight.name, in: context)
        let packer = try WeightPacker(weight, format, to: memory)
        let rows = packer.rowsAtOnce
        for first in stride(from: 0, to: weight.rows, by: rows) {
            let range = first..<min(first + rows, weight.rows)
            try loading.stage(byteCount: range.count * packer.stagedRowByteCount) { (bytes) throws(ZondaError) in
                try source.withRows(range) { (rows) throws(ZondaError) in try packer.fill(bytes, with: rows, range) }
            } use: { (staged) throws(ZondaError) in
                let launch = packer.launch(range, from: staged)
                try library.prepare([launch])
                try library.function(launch.kernel).launch(launch.shape, on: loading.stream, launch.arguments)
            }
            source.discardRows(below: range.upperBound)
        }
        try loading.finish()
        return PackedWeight(name: weight.name, layout: layout, memory: memory)
    }

    private func format(of weight: WeightSpec) throws(ZondaError) -> WeightFormat {
        guard let format = WeightFormat(weight.dtype) else { throw weight.wrongType }
        return format
    }
}

/// What packs the rows of one weight, some at a time.
private struct WeightPacker {
    private static let tileRows = Int(ZONDA_GPU_TILE_ROWS)
    private let spec: WeightSpec
    private let format: WeightFormat
    private let memory: DeviceMemory
    private let fileRowByteCount: Int
    private let tileByteCount: Int
    private let unitCount: Int
    private let expansion: BlockExpansion?
    /// Bytes from row to row in staged memory, expanded if need be: a multiple of 4, which kernels read.
    let stagedRowByteCount: Int

    init(_ spec: WeightSpec, _ format: WeightFormat, to memory: DeviceMemory) throws(ZondaError) {
        guard let rowByteCount = spec.dtype.byteCount(of: spec.columns) else {
            throw ZondaError(.internalFault, "\(spec.name) has a layout but no packed form")
        }
        self.spec = spec
        self.format = format
        self.memory = memory
        fileRowByteCount = rowByteCount
        let unitColumns = Int(zonda_gpu_unit_columns(format.layout))
        unitCount = (spec.columns + unitColumns - 1) / unitColumns
        tileByteCount = unitCount * Int(zonda_gpu_unit_bytes(format.layout))
        expansion = BlockExpansion(format.expansion)
        stagedRowByteCount =
            expansion == nil
            ? (rowByteCount + 3) / 4 * 4 : spec.columns / BlockExpansion.columns * BlockExpansion.byteCount
        guard stagedRowByteCount * Self.tileRows <= LoadingStream.halfByteCount else {
            throw ZondaError(.unsupported, "\(spec.name): rows of \(rowByteCount) bytes are too long to be staged")
        }
    }

    /// Whole tiles.
    var rowsAtOnce: Int { LoadingStream.halfByteCount / (stagedRowByteCount * Self.tileRows) * Self.tileRows }

    // Never inlined: with Swift 6.3.1 the closures that call it threw garbage where nothing was thrown.
    @inline(never) func fill(
        _ target: UnsafeMutableRawBufferPointer, with rows: UnsafeRawBufferPointer, _ range: Range<Int>
    ) throws(ZondaError) {
        guard rows.count == range.count * fileRowByteCount else {
            throw ZondaError(
                .badTensor,
                "\(spec.name): rows \(range) have \(rows.count) bytes, expected \(range.count * fileRowByteCount)",
                remedy: "the file is damaged; fetch it again")
        }
        if let expansion {
            try expansion.expand(rows, to: target)
        } else if stagedRowByteCount == fileRowByteCount {
            target.copyMemory(from: rows)
        } else {
            copyPadded(rows, range.count, to: target)
        }
    }

    /// Rows one by one, each with the bytes that make it a multiple of 4.
    private func copyPadded(_ rows: UnsafeRawBufferPointer, _ count: Int, to target: UnsafeMutableRawBufferPointer) {
        for row in 0..<count {
            let source = UnsafeRawBufferPointer(rebasing: rows[row * fileRowByteCount..<(row + 1) * fileRowByteCount])
            UnsafeMutableRawBufferPointer(rebasing: target[(row * stagedRowByteCount)...]).copyMemory(from: source)
        }
    }

    func launch(_ range: Range<Int>, from staged: UInt64) -> KernelLaunch {
        let tiles = (range.count + Self.tileRows - 1) / Self.tileRows
        let arguments = zonda_pack_arguments(
            source: staged,
            destination: UInt64(memory.address) + UInt64(range.lowerBound / Self.tileRows * tileByteCount),
            row_bytes: Int64(stagedRowByteCount), rows: Int32(range.count), columns: Int32(spec.columns))
        return KernelLaunch(
            KernelName("pack_weights.cu", format.packer),
            LaunchShape(grid: .init((unitCount + 3) / 4, tiles), block: .init(128)), arguments)
    }
}
