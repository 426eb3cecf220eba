package import CZondaBlocks
package import ZondaCore

extension DType {
    /// This type as the linear kernels name it, or nil for what no weight is stored in (integers, booleans and F64).
    package var kernelType: zonda_type? {
        switch self {
        case .f32: ZONDA_F32
        case .f16: ZONDA_F16
        case .bf16: ZONDA_BF16
        case .q1_0: ZONDA_Q1_0
        case .q2_0: ZONDA_Q2_0
        case .q4_0: ZONDA_Q4_0
        case .q4_1: ZONDA_Q4_1
        case .q5_0: ZONDA_Q5_0
        case .q5_1: ZONDA_Q5_1
        case .q8_0: ZONDA_Q8_0
        case .q8_1: ZONDA_Q8_1
        case .q2_K: ZONDA_Q2_K
        case .q3_K: ZONDA_Q3_K
        case .q4_K: ZONDA_Q4_K
        case .q5_K: ZONDA_Q5_K
        case .q6_K: ZONDA_Q6_K
        case .q8_K: ZONDA_Q8_K
        case .iq4_NL: ZONDA_IQ4_NL
        case .iq4_XS: ZONDA_IQ4_XS
        case .mxfp4: ZONDA_MXFP4
        case .nvfp4: ZONDA_NVFP4
        case .iq2_XXS: ZONDA_IQ2_XXS
        case .iq2_XS: ZONDA_IQ2_XS
        case .iq2_S: ZONDA_IQ2_S
        case .iq3_XXS: ZONDA_IQ3_XXS
        case .iq3_S: ZONDA_IQ3_S
        case .iq1_S: ZONDA_IQ1_S
        case .iq1_M: ZONDA_IQ1_M
        case .tq1_0: ZONDA_TQ1_0
        case .tq2_0: ZONDA_TQ2_0
        case .f64, .i64, .i32, .i16, .i8, .u8, .bool, .fp8: nil
        }
    }
}
