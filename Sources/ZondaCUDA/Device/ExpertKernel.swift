import CZondaKernels
import ZondaDevice

/// How a grouped product cuts the pairs of an expert into blocks of rows, and how it sums: one choice for all of its
/// launches, from the bucket alone. The rows that an expert gets are not known before the router has run.
struct ExpertTiling {
    let isFew: Bool
    /// Eights of rows of a block.
    let tiles: Int
    let splits: Int

    /// Up to so many pairs an expert, on average, its weights are streamed as for single rows.
    private static let fewPairs = 4
    /// Eights of rows of a block at most: more would spill registers with NVFP4, and few experts have as many rows.
    private static let mostTiles = 12

    /// - Parameters:
    ///   - rows: of the bucket; each is in `top` pairs.
    ///   - formats: of the weights of the product.
    init(
        rows: Int, top: Int, experts: Int, formats: [WeightFormat], isExact: Bool, isDeterministic: Bool, gpu: GPU
    ) {
        let mean = pieces(rows * top, of: experts)
        isFew = rows <= LinearKernel.fewRows || (rows <= LinearKernel.splitRows && mean <= Self.fewPairs)
        let isOneLayout = formats.allSatisfy { $0.layout == formats[0].layout }
        let keepsOrder = isDeterministic || rows <= LinearKernel.splitRows || mean <= LinearKernel.splitRows
        splits = keepsOrder || !isOneLayout ? 2 : 1
        guard !isFew else {
            tiles = 1
            return
        }
        let splits = splits
        let fitting = formats.map { format in
            let terms = format.terms(splits: splits, isExact: isExact)
            let wanted = mean <= 12 ? 2 : splits == 2 || terms == 2 ? 8 : min(format.promptTiles, Self.mostTiles)
            return ManyShape(tiles: wanted, terms: terms, splits: splits, format).fitted(to: gpu).tiles
        }
        tiles = fitting.min() ?? 2
    }

    var blockRows: Int { 8 * tiles }

    /// Blocks that there are at most, whatever the routing is.
    func blockCapacity(pairs: Int, experts: Int) -> Int { min(pairs, pairs / blockRows + min(pairs, experts)) }
}

/// The kernel of one launch of a grouped product.
struct ExpertKernel {
    let tiling: ExpertTiling
    let terms: Int
    let stages: Int
    let prepares: Bool
    let sharedByteCount: Int
    private let format: WeightFormat

    /// - Parameter ownRows: the rows of the step, which a block may prepare itself; nil when pairs are rows of their own.
    init(_ tiling: ExpertTiling, _ format: WeightFormat, ownRows: Int?, columns: Int, isExact: Bool, gpu: GPU) {
        self.tiling = tiling
        self.format = format
        terms = format.terms(splits: tiling.splits, isExact: isExact)
        if tiling.isFew {
            let shape = FewShape([format], rowCount: ownRows, columns: columns, terms: terms, gpu)
            stages = shape.stages
            prepares = shape.prepares
            sharedByteCount = shape.sharedByteCount
        } else {
            let shape = ManyShape(tiles: tiling.tiles, terms: terms, splits: tiling.splits, format).fitted(to: gpu)
            stages = shape.stages
            prepares = false
            sharedByteCount = shape.sharedByteCount + shape.listByteCount
        }
    }

    var file: String { tiling.isFew ? "expert_few.cu" : "expert_many.cu" }

    var expression: String {
        tiling.isFew
            ? "expert_few<\(format.name), \(terms), \(stages), \(prepares)>"
            : "expert_many<\(format.name), \(tiling.tiles), \(terms), \(tiling.splits), \(stages)>"
    }

    /// The kernel that rounds rows for this one.
    var preparer: String { "prepare_rows<\(format.termName), \(terms)>" }

    /// - Parameter outputs: of one expert.
    func grid(outputs: Int, isGated: Bool, blockCapacity: Int, _ gpu: GPU) -> LaunchShape.Extent {
        let tileRows = Int(ZONDA_GPU_TILE_ROWS)
        if tiling.isFew {
            return .init(min(blockCapacity * pieces(outputs, of: tileRows), 2 * gpu.multiprocessorCount))
        }
        let blockOutputs = ZondaLinear.warps / tiling.splits * tileRows / (isGated ? 2 : 1)
        return .init(blockCapacity, pieces(outputs, of: blockOutputs))
    }
}
