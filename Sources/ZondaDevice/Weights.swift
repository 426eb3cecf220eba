public import ZondaCore

/// What a weight is, before any device has seen it: `[rows, columns]` of one type, y = x · Wᵀ.
///
/// A spec may be a row slice of a tensor in a file (one part of a fused q/k/v, one expert of a stack): the
/// `TileSource` beside it knows where its rows are.
public struct WeightSpec: Hashable, Sendable {
    /// The checkpoint's name, for messages.
    public var name: String
    public var dtype: DType
    /// Output features, N.
    public var rows: Int
    /// Input features, K.
    public var columns: Int

    public init(name: String, dtype: DType, rows: Int, columns: Int) {
        self.name = name
        self.dtype = dtype
        self.rows = rows
        self.columns = columns
    }
}

/// How one device stores one weight; known from headers alone, so that plans are exact before anything is loaded.
public struct PackedLayout: Hashable, Sendable {
    /// The type whose values are stored, after any conversion the device makes.
    public var dtype: DType
    public var rows: Int
    public var columns: Int
    public var byteCount: Int
    /// Tensor parallelism may split rows only at multiples of this.
    public var rowGranule: Int

    public init(dtype: DType, rows: Int, columns: Int, byteCount: Int, rowGranule: Int) {
        self.dtype = dtype
        self.rows = rows
        self.columns = columns
        self.byteCount = byteCount
        self.rowGranule = rowGranule
    }
}

/// A weight in the layout that one device's kernels stream best, or one that stays where the file has it.
public struct PackedWeight: Sendable {
    public enum Storage: Sendable {
        /// `memory` holds `layout.byteCount` bytes of the device's own.
        case packed
        /// `memory` is the mapped file: rows one after the other in the file's encoding, packed again at each use.
        case file
    }

    public let name: String
    public let layout: PackedLayout
    public let memory: DeviceMemory
    public let storage: Storage

    public init(name: String, layout: PackedLayout, memory: DeviceMemory, storage: Storage = .packed) {
        self.name = name
        self.layout = layout
        self.memory = memory
        self.storage = storage
    }

    public var rows: Int { layout.rows }
    public var columns: Int { layout.columns }
}

/// Where the rows of a weight come from: a mapped file, random numbers, a quantizer.
///
/// A device asks for rows in ascending order, a tile at a time, possibly from several threads at once.
public protocol TileSource: Sendable {
    /// Calls `body` with rows `range` in the file's own encoding, one after the other without gaps.
    func withRows(
        _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(ZondaError) -> Void
    ) throws(ZondaError)

    /// Rows below `row` will not be asked for again: their source pages may leave memory.
    func discardRows(below row: Int)

    /// All rows one after the other at an address that stays, or nil where there is none.
    ///
    /// The system may take their pages away and read them again at the next use.
    func mappedRows() throws(ZondaError) -> DeviceMemory?

    /// What the rows are when they are random, so that a device may make them itself; nil for all others.
    var randomRows: RandomRows? { get }
}

extension TileSource {
    public func mappedRows() throws(ZondaError) -> DeviceMemory? { nil }
    public var randomRows: RandomRows? { nil }
}
