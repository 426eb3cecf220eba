public import ZondaCore

/// What a device is and what it can do; the same for its lifetime.
public struct DeviceInfo: Sendable {
    /// The name by which a person chooses it: `cpu`, `cuda:0`.
    public var id: String
    /// The maker's name and what was chosen at run time: "AMD EPYC, AVX2, 2 threads".
    public var description: String
    /// Bytes that were free when the device was opened.
    public var memoryByteCount: Int
    /// All bytes of its memory, with what other programs hold.
    public var totalByteCount: Int
    /// The share of `memoryByteCount` that weights, KV and scratch may take together where nobody says.
    public var usableShare: Double
    /// What keys and values take, where nobody says, of what the rest leaves of that: less of a memory that other
    /// programs use too.
    public var kvShare: Double
    /// Whether weights that do not fit can be used where their file has them (`Device.keep`).
    public var keepsWeights: Bool
    public var fusions: Fusions
    public var kvTypes: [DType]
    /// Steps that a host should submit ahead of the tokens that it reads, where nobody says: none for a device that is the
    /// host itself.
    public var lookahead: Int

    public init(
        id: String, description: String, memoryByteCount: Int, totalByteCount: Int, usableShare: Double,
        kvShare: Double, keepsWeights: Bool, fusions: Fusions, kvTypes: [DType], lookahead: Int = 0
    ) {
        self.id = id
        self.description = description
        self.memoryByteCount = memoryByteCount
        self.totalByteCount = totalByteCount
        self.usableShare = usableShare
        self.kvShare = kvShare
        self.keepsWeights = keepsWeights
        self.fusions = fusions
        self.kvTypes = kvTypes
        self.lookahead = lookahead
    }
}

/// Optional fields of operations that a device computes itself; `lower` splits the others into operations of their own.
public struct Fusions: OptionSet, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// `LinearOp.norm`, `ExpertsOp.norm`.
    public static let normIntoLinear = Fusions(rawValue: 1 << 0)
    /// `LinearOp.combine` of `.gated`, and `activation`.
    public static let activationIntoLinear = Fusions(rawValue: 1 << 1)
    /// `LinearOp.residual`, `ExpertsOp.residual`.
    public static let residualIntoLinear = Fusions(rawValue: 1 << 2)
    /// `RopeStoreOp.queryNorm` and `keyNorm`.
    public static let normIntoRope = Fusions(rawValue: 1 << 3)
    /// `CombineOp.norm`.
    public static let normIntoCombine = Fusions(rawValue: 1 << 4)

    public static let all: Fusions = [
        .normIntoLinear, .activationIntoLinear, .residualIntoLinear, .normIntoRope, .normIntoCombine,
    ]
}

/// Whether activations may be rounded to the integers that a device multiplies fastest.
public enum ComputeType: String, Sendable, Codable {
    /// What serving uses: fast and close (see the fidelity figures in `docs/`).
    case fast
    /// Activations and products in float32 throughout.
    case float32
}
