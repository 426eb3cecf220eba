import ZondaCore
import ZondaDevice
import ZondaFormats

/// Rows of a weight that lies in the file's own bytes, as float32.
struct ReferenceWeight {
    private let weight: PackedWeight
    private let rowBytes: Int

    init(_ weight: PackedWeight) {
        self.weight = weight
        rowBytes = weight.layout.byteCount / weight.rows
    }

    /// The values of row `index`, [columns].
    func row(_ index: Int) throws(ZondaError) -> [Float] {
        let bytes = UnsafeRawBufferPointer(
            start: UnsafeRawPointer(bitPattern: weight.memory.address + UInt(index * rowBytes)), count: rowBytes)
        return try Dequantize.values(weight.layout.dtype, bytes.bytes, count: weight.columns)
    }
}

extension DType {
    /// Whether values of this type can be weights.
    var isWeight: Bool {
        switch self {
        case .i64, .i32, .i16, .i8, .u8, .bool: false
        default: true
        }
    }
}
