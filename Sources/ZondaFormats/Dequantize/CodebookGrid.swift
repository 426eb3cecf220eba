import CZondaBlocks

/// The codebook of an IQ type: rows of small integers, which blocks refer to by number.
struct CodebookGrid {
    /// The values of each row as signed bytes, the first value in the lowest one.
    private let rows: [UInt64]

    private init(_ grid: zonda_grid) {
        rows = Array(UnsafeBufferPointer(start: zonda_grid_rows(grid), count: Int(zonda_grid_row_count(grid))))
    }

    /// Row `index`; value v is `Int8(truncatingIfNeeded: row >> (8 * v))`.
    @inline(__always)
    subscript(index: Int32) -> UInt64 { rows[Int(index)] }

    /// 256 rows of 8.
    static let iq2XXS = CodebookGrid(ZONDA_GRID_IQ2_XXS)
    /// 512 rows of 8.
    static let iq2XS = CodebookGrid(ZONDA_GRID_IQ2_XS)
    /// 1,024 rows of 8.
    static let iq2S = CodebookGrid(ZONDA_GRID_IQ2_S)
    /// 2,048 rows of 8, for IQ1_S and IQ1_M.
    static let iq1 = CodebookGrid(ZONDA_GRID_IQ1)
    /// 256 rows of 4.
    static let iq3XXS = CodebookGrid(ZONDA_GRID_IQ3_XXS)
    /// 512 rows of 4.
    static let iq3S = CodebookGrid(ZONDA_GRID_IQ3_S)
}
