import CZondaSIMD
import Testing
import ZondaCore

extension PackedTestWeight {
    /// What the host gives of types whose integers come from grids.
    static func expanded(_ bytes: [UInt8], _ values: [Float], _ dtype: DType) throws -> [UInt8] {
        let types: [DType: zonda_type] = [
            .q8_K: ZONDA_Q8_K, .iq2_XXS: ZONDA_IQ2_XXS, .iq2_XS: ZONDA_IQ2_XS, .iq2_S: ZONDA_IQ2_S,
            .iq3_XXS: ZONDA_IQ3_XXS, .iq3_S: ZONDA_IQ3_S, .iq1_S: ZONDA_IQ1_S, .iq1_M: ZONDA_IQ1_M,
            .tq1_0: ZONDA_TQ1_0, .tq2_0: ZONDA_TQ2_0,
        ]
        let (type, size) = (try #require(types[dtype]), Int(ZONDA_EXPANDED_BYTES))
        let count = bytes.count / dtype.blockBytes
        var expanded = [UInt8](repeating: 0, count: count * size)
        for block in 0..<count {
            let isExact = expanded.withUnsafeMutableBytes { to in
                bytes.withUnsafeBytes { from in
                    values.withUnsafeBufferPointer { values in
                        zonda_expand_block(
                            type, from.baseAddress! + block * dtype.blockBytes, values.baseAddress! + block * 256,
                            to.baseAddress! + block * size)
                    }
                }
            }
            try #require(isExact)
        }
        return expanded
    }
}
