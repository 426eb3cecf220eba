import ZondaCore
import ZondaDevice

/// The float32 rows of a tensor in this process' own memory.
///
/// Valid while the tensor's `DeviceMemory` lives: a value of one operation, never stored.
struct RowView {
    let base: UnsafeMutablePointer<Float>
    let rows: Int
    let columns: Int
    let stride: Int

    /// - Throws: `internalFault` when the tensor is not float32 or does not lie within its memory.
    init(_ tensor: Tensor) throws(ZondaError) {
        let last = tensor.rows == 0 ? 0 : (tensor.rows - 1) * tensor.rowStride + tensor.columns
        guard
            tensor.dtype == .f32, tensor.byteOffset >= 0, tensor.byteOffset + last * 4 <= tensor.memory.byteCount,
            let base = UnsafeMutablePointer<Float>(bitPattern: tensor.address)
        else {
            throw ZondaError(
                .internalFault,
                "a \(tensor.dtype.rawValue) tensor \(tensor.shape) at offset \(tensor.byteOffset), rows "
                    + "\(tensor.rowStride) apart, in memory of \(tensor.memory.byteCount) bytes",
                remedy: "report this: the decoder's arena is too small")
        }
        self.base = base
        rows = tensor.rows
        columns = tensor.columns
        stride = tensor.rowStride
    }

    subscript(row: Int) -> UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(start: base + row * stride, count: columns)
    }
}
