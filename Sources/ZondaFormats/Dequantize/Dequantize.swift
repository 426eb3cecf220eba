public import ZondaCore

/// Stored values as float32, in plain Swift: what every faster path is compared with.
///
/// The order of the few float operations is that of the reference implementation, so results are equal to it bit for bit.
/// Source: `ggml-quants.c` and `gguf-py/gguf/quants.py` for the formats of blocks.
public enum Dequantize {
    /// Writes all values of `bytes` to `output`.
    ///
    /// - Parameters:
    ///   - bytes: `output.count` values of type `dtype`, in whole blocks.
    /// - Throws: `badTensor` when the counts do not fit; `unsupported` for integers and booleans, which are not weights.
    public static func values(
        _ dtype: DType, _ bytes: RawSpan, into output: inout MutableSpan<Float>
    ) throws(ZondaError) {
        guard dtype.byteCount(of: output.count) == bytes.byteCount else {
            throw ZondaError(
                .badTensor, "\(bytes.byteCount) bytes of type \(dtype.rawValue) are not \(output.count) values",
                facts: ["type": dtype.rawValue])
        }
        guard let format = format(of: dtype) else {
            throw ZondaError(
                .unsupported, "values of type \(dtype.rawValue) can't be used as weights",
                facts: ["type": dtype.rawValue])
        }
        guard output.count > 0 else { return }
        bytes.withUnsafeBytes { source in
            output.withUnsafeMutableBufferPointer { target in
                guard let source = source.baseAddress, let target = target.baseAddress else { return }
                format.decode(source, blockCount: bytes.byteCount / dtype.blockBytes, into: target)
            }
        }
    }

    /// The `count` values of `bytes`; see `values(_:_:into:)`.
    public static func values(_ dtype: DType, _ bytes: RawSpan, count: Int) throws(ZondaError) -> [Float] {
        guard count >= 0, dtype.byteCount(of: count) == bytes.byteCount else {
            throw ZondaError(
                .badTensor, "\(bytes.byteCount) bytes of type \(dtype.rawValue) are not \(count) values",
                facts: ["type": dtype.rawValue])
        }
        var values = [Float](repeating: 0, count: count)
        var span = values.mutableSpan
        try self.values(dtype, bytes, into: &span)
        return values
    }

    private static func format(of dtype: DType) -> (any BlockFormat.Type)? {
        switch dtype {
        case .f64: F64.self
        case .f32: F32.self
        case .f16: F16.self
        case .bf16: BF16.self
        case .q1_0: Q1_0.self
        case .q2_0: Q2_0.self
        case .q4_0: Q4_0.self
        case .q4_1: Q4_1.self
        case .q5_0: Q5_0.self
        case .q5_1: Q5_1.self
        case .q8_0: Q8_0.self
        case .q8_1: Q8_1.self
        case .q2_K: Q2_K.self
        case .q3_K: Q3_K.self
        case .q4_K: Q4_K.self
        case .q5_K: Q5_K.self
        case .q6_K: Q6_K.self
        case .q8_K: Q8_K.self
        case .iq1_S: IQ1_S.self
        case .iq1_M: IQ1_M.self
        case .iq2_XXS: IQ2_XXS.self
        case .iq2_XS: IQ2_XS.self
        case .iq2_S: IQ2_S.self
        case .iq3_XXS: IQ3_XXS.self
        case .iq3_S: IQ3_S.self
        case .iq4_NL: IQ4_NL.self
        case .iq4_XS: IQ4_XS.self
        case .tq1_0: TQ1_0.self
        case .tq2_0: TQ2_0.self
        case .mxfp4: MXFP4.self
        case .nvfp4: NVFP4.self
        case .i64, .i32, .i16, .i8, .u8, .bool, .fp8: nil
        }
    }
}

extension TensorInfo {
    /// The values of `rows` as float32.
    public func values(rows: Range<Int>) throws(ZondaError) -> [Float] {
        try Dequantize.values(try dtype, try bytes(rows: rows), count: rows.count * columnCount)
    }

    /// All values as float32.
    public func values() throws(ZondaError) -> [Float] {
        try values(rows: 0..<rowCount)
    }
}
