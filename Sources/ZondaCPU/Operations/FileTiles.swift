import CZondaSIMD
import ZondaCore
import ZondaFormats

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
        var values: [Float] = []
        if zonda_pack_needs_values(type), let dtype = DType.allCases.first(where: { $0.kernelType == type }) {
            let bytes = UnsafeRawBufferPointer(start: source, count: range.count * file_stride).bytes
            values = (try? Dequantize.values(dtype, bytes, count: range.count * Int(columns))) ?? []
        }
        let isPacked = zonda_pack_tile(
            type, source, file_stride, Int32(range.count), columns, values.isEmpty ? nil : values, tile)
        // Only bytes that changed since the file was checked come here. All ones are NaN in every type's scales: the
        // requests that meet them fail, none gets a wrong answer.
        if !isPacked { tile.initializeMemory(as: UInt8.self, repeating: 0xFF, count: tileByteCount) }
    }
}
