import CZondaKernels
import ZondaCore
import ZondaDevice

extension CUDADevice {
    /// Random weights that never were on the host: rows in the file's encoding are made some at a time where loading
    /// stages them, and packed from there, as rows of a file are.
    ///
    /// The same bits as the host's rows give, but for types whose rows the host expands (IQ1, IQ2, IQ3, TQ and Q8_K):
    /// their expanded form is random itself.
    func makeRandom(_ weight: WeightSpec, _ rows: RandomRows) throws(ZondaError) -> PackedWeight {
        let layout = try layout(of: weight)
        let memory = try DeviceMemory.allocate(byteCount: layout.byteCount, for: weight.name, in: context)
        let maker = try RandomWeight(weight, rows, to: memory)
        for first in stride(from: 0, to: weight.rows, by: maker.rowsAtOnce) {
            let range = first..<min(first + maker.rowsAtOnce, weight.rows)
            let launches = maker.launches(range, by: loading.stagingAddress)
            try library.prepare(launches)
            for launch in launches {
                try library.function(launch.kernel).launch(launch.shape, on: loading.stream, launch.arguments)
            }
        }
        try loading.finish()
        return PackedWeight(name: weight.name, layout: layout, memory: memory)
    }
}

/// What makes and packs the rows of one random weight.
private struct RandomWeight {
    private static let tileRows = Int(ZONDA_GPU_TILE_ROWS)
    private let spec: WeightSpec
    private let format: WeightFormat
    private let memory: DeviceMemory
    private let arguments: zonda_random_arguments
    /// From row to row where rows are staged.
    private let rowByteCount: Int
    /// Whole tiles.
    let rowsAtOnce: Int

    init(_ spec: WeightSpec, _ rows: RandomRows, to memory: DeviceMemory) throws(ZondaError) {
        guard let format = WeightFormat(spec.dtype), let fileByteCount = spec.dtype.byteCount(of: spec.columns) else {
            throw ZondaError(.internalFault, "\(spec.name) has a layout but no packed form")
        }
        self.spec = spec
        self.format = format
        self.memory = memory
        var arguments = zonda_random_arguments()
        arguments.seed = rows.seed
        arguments.row_stride = RandomRows.rowStride
        arguments.deviation = rows.deviation
        arguments.spread = RandomRows.spread
        var patches = rows.patches
        var byteCount = fileByteCount
        arguments.block_bytes = Int32(spec.dtype.blockBytes)
        if format.expansion != nil {
            byteCount = spec.columns / 256 * Int(ZONDA_GPU_EXPANDED_BYTES)
            arguments.block_bytes = Int32(ZONDA_GPU_EXPANDED_BYTES)
            patches = Self.patches(ofExpanded: rows.deviation)
        }
        guard patches.count <= ZONDA_RANDOM_PATCHES else {
            throw ZondaError(.internalFault, "\(patches.count) bytes of scales in a block of \(spec.dtype.rawValue)")
        }
        arguments.patch_count = Int32(patches.count)
        withUnsafeMutableBytes(of: &arguments.patches) { bytes in
            for (index, patch) in patches.enumerated() {
                bytes.storeBytes(
                    of: zonda_random_patch(
                        offset: UInt16(patch.offset), keep: patch.keep, value: patch.value),
                    toByteOffset: index * MemoryLayout<zonda_random_patch>.stride, as: zonda_random_patch.self)
            }
        }
        rowByteCount = (byteCount + 3) / 4 * 4
        arguments.row_bytes = Int64(rowByteCount)
        self.arguments = arguments
        // A grid has at most 65535 rows of blocks.
        let fitting = min(LoadingStream.halfByteCount / rowByteCount, 65535)
        rowsAtOnce = fitting / Self.tileRows * Self.tileRows
        guard rowsAtOnce > 0 else {
            throw ZondaError(.unsupported, "\(spec.name): rows of \(byteCount) bytes are too long to be staged")
        }
    }

    /// Unsigned scales of 0 to 255 (root mean square 147) times signed values (74): the float32 unit makes the rest.
    private static func patches(ofExpanded deviation: Float) -> [RandomRows.Patch] {
        let bits = (deviation / (147 * 74)).bitPattern
        return (0..<4).map { .init(offset: $0, keep: 0, value: UInt8(truncatingIfNeeded: bits >> UInt32(8 * $0))) }
    }

    /// The kernel that makes rows `range` at `staging`, and the one that packs them.
    func launches(_ range: Range<Int>, by staging: UInt64) -> [KernelLaunch] {
        var random = arguments
        random.output = staging
        random.first_row = Int32(range.lowerBound)
        random.rows = Int32(range.count)
        let unitColumns = Int(zonda_gpu_unit_columns(format.layout))
        let units = pieces(spec.columns, of: unitColumns)
        let tileByteCount = units * Int(zonda_gpu_unit_bytes(format.layout))
        let pack = zonda_pack_arguments(
            source: staging,
            destination: UInt64(memory.address) + UInt64(range.lowerBound / Self.tileRows * tileByteCount),
            row_bytes: Int64(rowByteCount), rows: Int32(range.count), columns: Int32(spec.columns))
        return [
            KernelLaunch(
                KernelName("random_rows.cu", maker),
                LaunchShape(grid: .init(pieces(rowByteCount, of: 8 * 256), range.count), block: .init(256)), random),
            KernelLaunch(
                KernelName("pack_weights.cu", format.packer),
                LaunchShape(
                    grid: .init(pieces(units, of: 4), pieces(range.count, of: Self.tileRows)), block: .init(128)),
                pack),
        ]
    }

    private var maker: String {
        switch spec.dtype {
        case .f32: "random_numbers<FloatNumber>"
        case .f16: "random_numbers<HalfNumber>"
        case .bf16: "random_numbers<BFloatNumber>"
        default: "random_blocks"
        }
    }
}
