import ZondaCore
import ZondaDevice

/// Rows of a weight that lies in the file's own bytes, as float32.
struct ReferenceWeight {
    private let weight: PackedWeight
    private let rowBytes: Int

    static func supports(_ dtype: DType) -> Bool {
        switch dtype {
        case .f32, .f16, .bf16: true
        default: false
        }
    }

    init(_ weight: PackedWeight) {
        self.weight = weight
        rowBytes = weight.layout.byteCount / weight.rows
    }

    /// The values of row `index`, [columns].
    func row(_ index: Int) throws(ZondaError) -> [Float] {
        let bytes = UnsafeRawBufferPointer(
            start: UnsafeRawPointer(bitPattern: weight.memory.address + UInt(index * rowBytes)), count: rowBytes)
        switch weight.layout.dtype {
        case .f32: return bytes.bindMemory(to: Float.self).map { $0 }
        case .f16: return bytes.bindMemory(to: Float16.self).map { Float($0) }
        case .bf16: return bytes.bindMemory(to: UInt16.self).map { Float(bitPattern: UInt32($0) << 16) }
        default:
            throw ZondaError(
                .unsupported, "\(weight.name): weights of type \(weight.layout.dtype.rawValue) can't be multiplied")
        }
    }
}
