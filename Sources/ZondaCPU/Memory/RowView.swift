import CZondaSIMD
import ZondaCore
import ZondaDevice

/// The float32 rows of a tensor in this process' own memory.
///
/// Valid while the memory lives: whoever stores one keeps that alive (`Recording.retain`).
struct RowView: BitwiseCopyable {
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

    init(_ base: UnsafeMutablePointer<Float>, rows: Int, columns: Int) {
        self.base = base
        self.rows = rows
        self.columns = columns
        stride = columns
    }

    private init(_ base: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int) {
        self.base = base
        self.rows = rows
        self.columns = columns
        self.stride = stride
    }

    /// The columns from `first` on.
    func columns(from first: Int) -> RowView {
        RowView(base + first, rows: rows, columns: columns - first, stride: stride)
    }

    func rows(from first: Int) -> RowView {
        RowView(base + first * stride, rows: rows - first, columns: columns, stride: stride)
    }

    /// The rows from `row` on, for a kernel.
    func reading(from row: Int) -> zonda_const_rows { zonda_const_rows(values: base + row * stride, stride: stride) }
    func writing(from row: Int) -> zonda_rows { zonda_rows(values: base + row * stride, stride: stride) }
}
