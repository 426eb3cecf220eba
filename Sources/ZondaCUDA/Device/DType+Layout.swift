import CZondaKernels
import ZondaCore

/// How the GPU stores weights of a type, and what packs them.
struct WeightFormat {
    /// As the kernels' templates call it.
    let name: String
    let layout: zonda_gpu_layout
    /// The kernel that packs rows of the file.
    let packer: String
    /// The host expands rows before they are staged (IQ1, IQ2, IQ3, TQ, Q8_K).
    let isExpanded: Bool

    private init(_ name: String, _ layout: zonda_gpu_layout, file: String? = nil, isExpanded: Bool = false) {
        self.name = name
        self.layout = layout
        packer = "pack_blocks<File\(file ?? name)>"
        self.isExpanded = isExpanded
    }

    private init(numbers name: String, _ layout: zonda_gpu_layout) {
        self.name = name
        self.layout = layout
        packer = "pack_numbers<\(name)>"
        isExpanded = false
    }

    /// Nil for what no weight is stored in.
    init?(_ dtype: DType) {
        switch dtype {
        case .f32: self.init(numbers: "F32", ZONDA_LAYOUT_F32)
        case .f16: self.init(numbers: "F16", ZONDA_LAYOUT_F16)
        case .bf16: self.init(numbers: "BF16", ZONDA_LAYOUT_BF16)
        case .q4_0: self.init("Q4_0", ZONDA_LAYOUT_Q4_0)
        case .q4_1: self.init("Q4_1", ZONDA_LAYOUT_Q4_1)
        case .q5_0: self.init("Q5_0", ZONDA_LAYOUT_Q5_0)
        case .q5_1: self.init("Q5_1", ZONDA_LAYOUT_Q5_1)
        case .q8_0: self.init("Q8_0", ZONDA_LAYOUT_Q8_0)
        case .q8_1: self.init("Q8_0", ZONDA_LAYOUT_Q8_0, file: "Q8_1")
        case .q1_0: self.init("Q8_0", ZONDA_LAYOUT_Q8_0, file: "Q1_0")
        case .q2_0: self.init("Q8_0", ZONDA_LAYOUT_Q8_0, file: "Q2_0")
        case .iq4_NL: self.init("IQ4_NL", ZONDA_LAYOUT_IQ4_NL)
        case .iq4_XS: self.init("IQ4_XS", ZONDA_LAYOUT_IQ4_XS)
        case .mxfp4: self.init("MXFP4", ZONDA_LAYOUT_MXFP4)
        case .nvfp4: self.init("NVFP4", ZONDA_LAYOUT_NVFP4)
        case .q2_K: self.init("Q2_K", ZONDA_LAYOUT_Q2_K)
        case .q3_K: self.init("Q3_K", ZONDA_LAYOUT_Q3_K)
        case .q4_K: self.init("Q4_K", ZONDA_LAYOUT_Q4_K)
        case .q5_K: self.init("Q5_K", ZONDA_LAYOUT_Q5_K)
        case .q6_K: self.init("Q6_K", ZONDA_LAYOUT_Q6_K)
        case .q8_K, .iq2_XXS, .iq2_XS, .iq2_S, .iq3_XXS, .iq3_S, .iq1_S, .iq1_M, .tq1_0, .tq2_0:
            self.init("X8", ZONDA_LAYOUT_X8, isExpanded: true)
        case .f64, .i64, .i32, .i16, .i8, .u8, .bool: return nil
        }
    }
}
