public import ZondaCore
public import ZondaDevice

/// Where a decoder's weights come from: a checkpoint's files, or random numbers for a shape without files.
public protocol WeightSource: Sendable {
    /// What to call it in messages.
    var path: String { get }

    /// A matrix, or rows of one.
    ///
    /// - Throws: `badTensor` with both shapes when it is missing or has another shape.
    mutating func matrix(_ description: LinearDescription) throws(ZondaError) -> (WeightSpec, any TileSource)

    /// A vector of float32 values: `size` of the `total` of tensor `name`, from `first` on.
    mutating func vector(
        _ name: String, size: Int, from first: Int, of total: Int?
    ) throws(ZondaError) -> [Float]

    /// All tensors that nobody asked for, but those whose names end with one of `suffixes`.
    func unusedNames(ignoring suffixes: [String]) -> [String]
}

extension WeightSource {
    mutating func vector(_ name: String, size: Int) throws(ZondaError) -> [Float] {
        try vector(name, size: size, from: 0, of: nil)
    }
}

/// Weights of a shape, all random: for measuring without a file.
public struct SyntheticWeights: WeightSource {
    public let path: String
    private let format: SyntheticFormat

    /// - Parameter path: the configuration that the shape comes from.
    public init(path: String, format: SyntheticFormat) {
        self.path = path
        self.format = format
    }

    public func matrix(_ description: LinearDescription) throws(ZondaError) -> (WeightSpec, any TileSource) {
        let dtype = format.dtype(of: description.name, columns: description.columns)
        let spec = WeightSpec(
            name: description.name, dtype: dtype, rows: description.rows, columns: description.columns)
        // FNV-1a: each matrix has numbers of its own.
        let seed = description.name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return (spec, try RandomTileSource(spec, seed: seed))
    }

    /// Norms of one and biases of zero keep activations in range.
    public func vector(
        _ name: String, size: Int, from first: Int, of total: Int?
    ) throws(ZondaError) -> [Float] {
        Array(repeating: name.hasSuffix(".bias") ? 0 : 1, count: size)
    }

    public func unusedNames(ignoring suffixes: [String]) -> [String] { [] }
}

/// Which type each matrix of a synthetic model has: one for all, or the mix that llama.cpp calls `Q4_K_M`.
public enum SyntheticFormat: Sendable, Hashable {
    case uniform(DType)
    /// Q4_K, with Q6_K for the head, values and the second feed-forward matrix, and Q5_0 or Q8_0 where rows are not
    /// whole blocks of 256.
    case q4KM

    /// - Throws: `badRequest`, listing what there is.
    public init(_ name: String) throws(ZondaError) {
        if name.uppercased() == "Q4_K_M" {
            self = .q4KM
        } else if let dtype = DType(rawValue: name.uppercased()), DType.ofFiles.contains(dtype) {
            self = .uniform(dtype)
        } else {
            let names = ["Q4_K_M"] + DType.ofFiles.map(\.rawValue)
            throw ZondaError(
                .badRequest, "there is no type \(name)", remedy: "choose one of \(names.joined(separator: ", "))")
        }
    }

    func dtype(of name: String, columns: Int) -> DType {
        switch self {
        case .uniform(let dtype): return dtype
        case .q4KM:
            let isSensitive = ["lm_head", "embed_tokens", "v_proj", "down_proj"].contains { name.hasSuffix($0) }
            if columns % DType.q4_K.blockSize == 0 { return isSensitive ? .q6_K : .q4_K }
            return isSensitive ? .q8_0 : .q5_0
        }
    }
}
