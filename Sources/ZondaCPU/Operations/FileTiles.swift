import CZondaSIMD

/// Weights that stay in their file because they would not fit in memory once packed: each use packs a few tiles into the
/// thread's scratch and multiplies those, so results have the same bits as with packed weights.
extension zonda_weight {
    init(_ type: zonda_type, rows: Int, columns: Int, packed: UnsafeRawPointer?) {
        self.init(
            type: type, rows: Int32(rows), columns: Int32(columns), packed: packed, file_rows: nil, file_stride: 0)
    }

    init(_ type: zonda_type, rows: Int, columns: Int, fileRows: UnsafeRawPointer?, stride: Int) {
        self.init(
            type: type, rows: Int32(rows), columns: Int32(columns), packed: nil, file_rows: fileRows,
            file_stride: stride)
    }

    /// Bytes that `rows` rows take once packed, where that is done at each use; 0 for a weight that is packed already.
    func unpackedTileByteCount(rows: Int) -> Int {
        packed == nil ? zonda_packed_bytes(type, Int32(rows), columns) : 0
    }

    /// Rows `range`, packed into `scratch`, as a weight of their own.
    func packing(_ range: Range<Int>, into scratch: UnsafeMutableRawPointer) -> zonda_weight {
        let tileByteCount = zonda_packed_tile_bytes(type, columns)
        let tileRows = Int(ZONDA_TILE_ROWS)
        for first in stride(from: range.lowerBound, to: range.upperBound, by: tileRows) {
            let tile = scratch + (first - range.lowerBound) / tileRows * tileByteCount
            packTile(first..<min(first + tileRows, range.upperBound), to: tile, tileByteCount)
        }
        return zonda_weight(type, rows: range.count, columns: Int(columns), packed: scratch)
    }

    private func packTile(_ range: Range<Int>, to tile: UnsafeMutableRawPointer, _ tileByteCount: Int) {
        guard let source = file_rows.map({ $0 + range.lowerBound * file_stride }) else { return }
        let isPacked = zonda_pack_tile(type, source, file_stride, Int32(range.count), columns, tile)
        // Sizes were checked when the weight was made. All ones are NaN in every type's scales: were it otherwise, the
        // requests that meet them would fail, and none get a wrong answer.
        if !isPacked { tile.initializeMemory(as: UInt8.self, repeating: 0xFF, count: tileByteCount) }
    }
}
