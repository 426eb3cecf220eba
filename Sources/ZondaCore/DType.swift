/// How the values of a tensor are stored: plain numbers, or blocks of small integers with shared scales.
///
/// Packed types are those of GGML; `blockSize` values take `blockBytes` bytes, always within one row.
/// Source: the GGUF specification and the block structures that it names.
// GGML's names are terms of art, underscores and all.
// swift-format-ignore: AlwaysUseLowerCamelCase
public enum DType: String, Sendable, Codable, CaseIterable {
    case f64 = "F64"
    case f32 = "F32"
    case f16 = "F16"
    case bf16 = "BF16"
    case i64 = "I64"
    case i32 = "I32"
    case i16 = "I16"
    case i8 = "I8"
    case u8 = "U8"
    case bool = "BOOL"
    case q4_0 = "Q4_0"
    case q4_1 = "Q4_1"
    case q5_0 = "Q5_0"
    case q5_1 = "Q5_1"
    case q8_0 = "Q8_0"
    case q8_1 = "Q8_1"
    case q2_K = "Q2_K"
    case q3_K = "Q3_K"
    case q4_K = "Q4_K"
    case q5_K = "Q5_K"
    case q6_K = "Q6_K"
    case q8_K = "Q8_K"
    case iq2_XXS = "IQ2_XXS"
    case iq2_XS = "IQ2_XS"
    case iq2_S = "IQ2_S"
    case iq3_XXS = "IQ3_XXS"
    case iq3_S = "IQ3_S"
    case iq1_S = "IQ1_S"
    case iq1_M = "IQ1_M"
    case iq4_NL = "IQ4_NL"
    case iq4_XS = "IQ4_XS"
    case tq1_0 = "TQ1_0"
    case tq2_0 = "TQ2_0"
    case mxfp4 = "MXFP4"
    case nvfp4 = "NVFP4"
    case q1_0 = "Q1_0"
    case q2_0 = "Q2_0"
    /// Keys and values in a GPU's cache only: E4M3 floats (OCP 8-bit floating point), with a float32 scale for each token
    /// and head. No file has it.
    case fp8 = "FP8"

    /// What tensors of a file may be stored in.
    public static let ofFiles: [DType] = allCases.filter { $0 != .fp8 }

    /// Values per block; 1 for plain numbers.
    public var blockSize: Int {
        switch self {
        case .f64, .f32, .f16, .bf16, .i64, .i32, .i16, .i8, .u8, .bool, .fp8: 1
        case .q4_0, .q4_1, .q5_0, .q5_1, .q8_0, .q8_1, .iq4_NL, .mxfp4: 32
        case .nvfp4, .q2_0: 64
        case .q1_0: 128
        case .q2_K, .q3_K, .q4_K, .q5_K, .q6_K, .q8_K, .iq2_XXS, .iq2_XS, .iq2_S, .iq3_XXS, .iq3_S, .iq1_S, .iq1_M,
            .iq4_XS, .tq1_0, .tq2_0:
            256
        }
    }

    /// Bytes per block.
    public var blockBytes: Int {
        switch self {
        case .f64, .i64: 8
        case .f32, .i32: 4
        case .f16, .bf16, .i16: 2
        case .i8, .u8, .bool, .fp8: 1
        case .q4_0, .iq4_NL, .q1_0, .q2_0: 18
        case .q4_1: 20
        case .q5_0: 22
        case .q5_1: 24
        case .q8_0: 34
        case .q8_1: 36
        case .q2_K: 84
        case .q3_K, .iq3_S: 110
        case .q4_K: 144
        case .q5_K: 176
        case .q6_K: 210
        case .q8_K: 292
        case .iq2_XXS, .tq2_0: 66
        case .iq2_XS: 74
        case .iq2_S: 82
        case .iq3_XXS: 98
        case .iq1_S: 50
        case .iq1_M: 56
        case .iq4_XS: 136
        case .tq1_0: 54
        case .mxfp4: 17
        case .nvfp4: 36
        }
    }

    /// Whether values share scales in blocks.
    public var isPacked: Bool { blockSize > 1 }

    /// Bytes of `count` values of one row, or nil when they do not fill whole blocks or the size overflows.
    public func byteCount(of count: Int) -> Int? {
        guard count >= 0, count % blockSize == 0 else { return nil }
        let (bytes, overflow) = (count / blockSize).multipliedReportingOverflow(by: blockBytes)
        return overflow ? nil : bytes
    }
}
