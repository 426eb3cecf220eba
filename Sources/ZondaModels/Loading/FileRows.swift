import ZondaCore
import ZondaDevice
import ZondaFormats

/// Rows of a tensor in a mapped file, as a device packs them.
struct FileRows: TileSource {
    let tensor: TensorInfo
    /// The rows of the file's tensor that are row 0 and up of this weight.
    let rows: Range<Int>

    func withRows(
        _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(ZondaError) -> Void
    ) throws(ZondaError) {
        let first = rows.lowerBound
        // A borrow of a stored property would end with the statement.
        let tensor = tensor
        let bytes = try tensor.bytes(rows: first + range.lowerBound..<first + range.upperBound)
        try bytes.withUnsafeBytes { (buffer) throws(ZondaError) in try body(buffer) }
    }

    func discardRows(below row: Int) {
        tensor.dropPages(rows: rows.lowerBound..<min(rows.upperBound, rows.lowerBound + row))
    }

    func mappedRows() throws(ZondaError) -> DeviceMemory? {
        let (tensor, rows) = (tensor, rows)
        let bytes = try tensor.bytes(rows: rows)
        let file = tensor.file
        return bytes.withUnsafeBytes { buffer in
            DeviceMemory(address: UInt(bitPattern: buffer.baseAddress), byteCount: buffer.count) { _ in
                withExtendedLifetime(file) {}  // the mapping lives as long as the weight
            }
        }
    }
}
