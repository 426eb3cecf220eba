import CZondaKernels
import ZondaDevice

/// Which kernel multiplies a group of parts with some rows, and its template arguments.
///
/// Up to `fewRows` rows weights stream through registers (`linear_few`); up to 64 a block takes all rows and halves the
/// columns (`linear_many`, two splits: the same bits as `linear_few`); beyond, blocks of 128 rows.
struct LinearKernel {
    static let fewRows = 8
    static let splitRows = 64
    /// Rows up to which one way of multiplying goes.
    static let thresholds = [1, FewShape.ownRows, fewRows, splitRows]

    let isFew: Bool
    /// Eights of rows of a block.
    let tiles: Int
    /// 16-bit terms that an activation is the sum of.
    let terms: Int
    let splits: Int
    let stages: Int
    let prepares: Bool
    let sharedByteCount: Int
    private let formats: [WeightFormat]
    private let rowCount: Int

    /// Parts that one launch can take: of one layout, or for few rows of two with the same kind of activations.
    static func groups(of parts: [LinearPart], rowCount: Int) -> [[LinearPart]] {
        var groups: [[LinearPart]] = []
        for part in parts {
            let index = groups.firstIndex { group in
                guard group.count < Int(ZONDA_LINEAR_PARTS) else { return false }
                let layouts = Set(group.map(\.format.layout.rawValue) + [part.format.layout.rawValue])
                let terms = Set(group.map(\.format.termName) + [part.format.termName])
                return layouts.count <= (rowCount <= fewRows ? 2 : 1) && terms.count == 1
            }
            if let index { groups[index].append(part) } else { groups.append([part]) }
        }
        return groups
    }

    /// - Parameters:
    ///   - isExact: as many terms as there are, for prompts too.
    ///   - isDeterministic: the same sums for any number of rows.
    init(
        for parts: [LinearPart], rowCount: Int, columns: Int, isExact: Bool, isDeterministic: Bool, gpu: GPU
    ) {
        self.rowCount = rowCount
        let first = parts[0].format
        let other = parts.first { $0.format.layout != first.layout }?.format
        formats = [first, other ?? first]
        isFew = rowCount <= Self.fewRows
        splits = rowCount <= Self.splitRows || isDeterministic ? 2 : 1
        terms = first.terms(splits: splits, isExact: isExact)
        if isFew {
            tiles = 1
            let shape = FewShape(formats, rowCount: rowCount, columns: columns, terms: terms, gpu)
            stages = shape.stages
            prepares = shape.prepares
            sharedByteCount = shape.sharedByteCount
        } else {
            let wanted = rowCount <= 16 ? 2 : rowCount <= 32 ? 4 : splits == 2 || terms == 2 ? 8 : first.promptTiles
            let shape = ManyShape(tiles: wanted, terms: terms, splits: splits, first).fitted(to: gpu)
            tiles = shape.tiles
            stages = shape.stages
            prepares = false
            sharedByteCount = shape.sharedByteCount
        }
    }

    var file: String { isFew ? "linear_few.cu" : "linear_many.cu" }

    var expression: String {
        isFew
            ? "linear_few<\(formats[0].name), \(formats[1].name), \(tiles), \(terms), \(stages), \(prepares)>"
            : "linear_many<\(formats[0].name), \(tiles), \(terms), \(splits), \(stages)>"
    }

    /// The kernel that rounds rows for this one.
    var preparer: String { "prepare_rows<\(formats[0].termName), \(terms)>" }

    func grid(_ parts: [LinearPart], _ epilogue: ProductEpilogue, _ gpu: GPU) -> LaunchShape.Extent {
        let isGated = epilogue.combine == ZONDA_COMBINE_GATED
        let tileRows = Int(ZONDA_GPU_TILE_ROWS)
        if isFew {
            let tileCount = (isGated ? [parts[0]] : parts).reduce(0) { $0 + pieces($1.rows, of: tileRows) }
            return .init(min(tileCount, 2 * gpu.multiprocessorCount))
        }
        let outputs = ZondaLinear.warps / splits * tileRows
        let blocks =
            isGated
            ? pieces(parts[0].rows, of: outputs / 2) : parts.reduce(0) { $0 + pieces($1.rows, of: outputs) }
        return .init(pieces(rowCount, of: tiles * 8), blocks)
    }
}

/// How `linear_few` streams weights, and the shared memory that takes.
struct FewShape {
    /// Rows that a block prepares itself.
    static let ownRows = 4

    let stages: Int
    let prepares: Bool
    let sharedByteCount: Int

    /// - Parameter rowCount: nil where another kernel prepares the rows in any case.
    init(_ formats: [WeightFormat], rowCount: Int?, columns: Int, terms: Int, _ gpu: GPU) {
        let slot = formats.map(\.recordByteCount).max() ?? 0
        let most = min(80 << 10, gpu.sharedByteCountPerBlock - (12 << 10))
        let stages = min(5, max(2, most / (ZondaLinear.warps * slot)))
        let rowBytes =
            terms * Int(zonda_gpu_activation_stride(Int32(columns))) * 2
            + Int(zonda_gpu_sum_stride(Int32(columns))) * 4
        let own = ZondaLinear.warps * stages * slot + 64 * stages + 8192 + 96 + 32
        let blockLimit = gpu.sharedByteCountPerMultiprocessor / 2 - 1024
        self.stages = stages
        if let rowCount, rowCount <= Self.ownRows, own + rowCount * rowBytes <= blockLimit {
            prepares = true
            sharedByteCount = own + rowCount * rowBytes
        } else {
            prepares = false
            sharedByteCount = own
        }
    }
}

/// How `linear_many` divides its work, and the shared memory that takes.
struct ManyShape {
    var tiles: Int
    var terms: Int
    var splits: Int
    var stages: Int
    var format: WeightFormat

    init(tiles: Int, terms: Int, splits: Int, _ format: WeightFormat) {
        self.tiles = tiles
        self.terms = terms
        self.splits = splits
        stages = terms == 2 ? 3 : 4
        self.format = format
    }

    var sharedByteCount: Int {
        let unit = format.unitByteCount
        let slots = format.unitColumns == 256 ? 2 * unit : stages * 2 * unit
        return max(stages * 1024 * tiles * splits * terms + ZondaLinear.warps * slots, 4096 * tiles)
    }

    /// What a block of `expert_many` needs besides: which rows it has.
    var listByteCount: Int { 32 * tiles }

    /// GPUs of compute capability 8.6 and 8.9 have 99 KiB a block where others have 163 and more.
    func fitted(to gpu: GPU) -> ManyShape {
        var shape = self
        while shape.sharedByteCount + shape.listByteCount > gpu.sharedByteCountPerBlock, let smaller = shape.smaller {
            shape = smaller
        }
        return shape
    }

    /// Fewer copies in flight, then fewer rows a block; nil when that is all. Neither changes a bit of the results.
    private var smaller: ManyShape? {
        var other = self
        if stages > 2 { other.stages -= 1 } else if tiles > 2 { other.tiles = tiles / 2 } else { return nil }
        return other
    }
}

/// Constants of the kernels.
enum ZondaLinear {
    /// Of a block.
    static let warps = Int(ZONDA_LINEAR_WARPS)
}

extension WeightFormat {
    /// What activations are rounded to for this layout.
    var termName: String { [ZONDA_LAYOUT_F32, ZONDA_LAYOUT_BF16].contains(layout) ? "bf16" : "f16" }
    /// Eights of rows of a block of prompts: fewer where scales and minima take registers.
    var promptTiles: Int {
        switch layout {
        case ZONDA_LAYOUT_Q4_1, ZONDA_LAYOUT_Q5_1, ZONDA_LAYOUT_F32: 8
        case ZONDA_LAYOUT_Q2_K, ZONDA_LAYOUT_Q3_K, ZONDA_LAYOUT_Q4_K, ZONDA_LAYOUT_Q5_K, ZONDA_LAYOUT_Q6_K,
            ZONDA_LAYOUT_X8:
            12
        default: 16
        }
    }
    /// 16-bit terms of an activation: all that there are, or one where prompts may be rounded.
    func terms(splits: Int, isExact: Bool) -> Int {
        termName == "bf16" && (isExact || splits == 2 || layout == ZONDA_LAYOUT_F32) ? 2 : 1
    }
    var unitByteCount: Int { Int(zonda_gpu_unit_bytes(layout)) }
    var unitColumns: Int { Int(zonda_gpu_unit_columns(layout)) }
    /// What a warp copies at once.
    var recordByteCount: Int { Int(zonda_gpu_record_units(layout)) * unitByteCount }
}
