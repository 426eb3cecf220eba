import ZondaCore
import ZondaDevice

/// A float32 tensor's place in the memory of a GPU, checked to lie within its allocation.
struct TensorAddress {
    let address: UInt64
    let rows: Int
    let columns: Int
    /// Elements from row to row.
    let stride: Int

    /// Scratch memory as rows, a multiple of 16 bytes apart.
    init(scratch address: UInt64, rows: Int, columns: Int) {
        self.address = address
        self.rows = rows
        self.columns = columns
        stride = Self.scratchStride(columns)
    }

    static func scratchStride(_ columns: Int) -> Int { (columns + 3) / 4 * 4 }

    /// - Throws: `internalFault` when the tensor is not float32 or does not lie within its memory.
    init(_ tensor: Tensor) throws(ZondaError) {
        let last = tensor.rows == 0 ? 0 : (tensor.rows - 1) * tensor.rowStride + tensor.columns
        guard
            tensor.dtype == .f32, tensor.byteOffset >= 0, tensor.byteOffset + last * 4 <= tensor.memory.byteCount
        else {
            throw ZondaError(
                .internalFault,
                "a \(tensor.dtype.rawValue) tensor \(tensor.shape) at offset \(tensor.byteOffset), rows "
                    + "\(tensor.rowStride) apart, in memory of \(tensor.memory.byteCount) bytes",
                remedy: "report this: the decoder's arena is too small")
        }
        address = UInt64(tensor.address)
        rows = tensor.rows
        columns = tensor.columns
        stride = tensor.rowStride
    }

    /// Whether rows can be read 16 bytes at a time.
    var isAligned: Bool { address % 16 == 0 && stride % 4 == 0 && columns % 4 == 0 }
}
