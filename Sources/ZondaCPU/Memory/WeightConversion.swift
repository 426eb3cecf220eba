import ZondaCore

/// Types that the kernels do not know are packed as one that they do, if its values are the same.
enum WeightConversion {
    /// The type that is stored for weights of `dtype`.
    static func storedType(of dtype: DType) -> DType {
        switch dtype {
        // d (q - 1) with q of 2 bits, and ±d: both are d (q - 8) with q of 4 bits.
        case .q1_0, .q2_0: .q4_0
        default: dtype
        }
    }

    /// The same values as blocks of Q4_0.
    ///
    /// - Parameter bytes: whole blocks of Q1_0 (d, 128 bits) or Q2_0 (d, 64 values of 2 bits), lowest bits first.
    static func q4Blocks(_ bytes: UnsafeRawBufferPointer, of dtype: DType) -> [UInt8] {
        let bits = dtype == .q1_0 ? 1 : 2
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count / dtype.blockBytes * dtype.blockSize / 32 * DType.q4_0.blockBytes)
        for start in stride(from: 0, to: bytes.count, by: dtype.blockBytes) {
            func value(_ index: Int) -> UInt8 {
                let field = bytes[start + 2 + index * bits / 8] >> UInt8(index * bits % 8)
                return bits == 1 ? 7 + (field & 1) * 2 : 7 + (field & 3)
            }
            for first in stride(from: 0, to: dtype.blockSize, by: 32) {
                result += [bytes[start], bytes[start + 1]]
                for i in first..<first + 16 { result.append(value(i) | value(i + 16) << 4) }
            }
        }
        return result
    }
}
