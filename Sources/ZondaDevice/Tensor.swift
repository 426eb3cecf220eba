public import ZondaCore

/// A two-dimensional view of device memory, row-major: `[rows, columns]`, rows `rowStride` elements apart.
public struct Tensor: Sendable {
    public let memory: DeviceMemory
    public let byteOffset: Int
    public let dtype: DType
    public let rows: Int
    public let columns: Int
    /// Elements from the start of one row to the start of the next.
    public let rowStride: Int

    public init(
        _ memory: DeviceMemory, byteOffset: Int = 0, dtype: DType = .f32, rows: Int, columns: Int,
        rowStride: Int? = nil
    ) {
        self.memory = memory
        self.byteOffset = byteOffset
        self.dtype = dtype
        self.rows = rows
        self.columns = columns
        self.rowStride = rowStride ?? columns
    }

    public var address: UInt { memory.address + UInt(byteOffset) }
    public var shape: Shape { [rows, columns] }

    /// The first `count` rows.
    public func prefix(rows count: Int) -> Tensor {
        precondition(count <= rows, "a prefix of \(count) rows of a tensor of \(rows)")
        return Tensor(
            memory, byteOffset: byteOffset, dtype: dtype, rows: count, columns: columns, rowStride: rowStride)
    }

    /// The columns in `range` of every row, sharing memory.
    public func columns(_ range: Range<Int>) -> Tensor {
        precondition(range.upperBound <= columns, "columns \(range) of a tensor of \(columns)")
        return Tensor(
            memory, byteOffset: byteOffset + range.lowerBound * dtype.blockBytes, dtype: dtype, rows: rows,
            columns: range.count, rowStride: rowStride)
    }
}
