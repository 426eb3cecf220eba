import CZondaBlocks
import CZondaKernels
import ZondaCore
import ZondaDevice

/// How the GPU stores weights of a type, and what packs them.
struct WeightFormat {
    /// As the kernels' templates call it.
    let name: String
    let layout: zonda_gpu_layout
    /// The kernel that packs rows of the file.
    let packer: String
    /// What the host expands before rows are staged (IQ1, IQ2, IQ3, TQ, Q8_K); nil for rows that go as they are.
    let expansion: zonda_type?

    private init(
        _ name: String, _ layout: zonda_gpu_layout, file: String? = nil, expansion: zonda_type? = nil
    ) {
        self.name = name
        self.layout = layout
        packer = "pack_blocks<File\(file ?? name)>"
        self.expansion = expansion
    }

    private init(expanding type: zonda_type) { self.init("X8", ZONDA_LAYOUT_X8, expansion: type) }

    private init(numbers name: String, _ layout: zonda_gpu_layout) {
        self.name = name
        self.layout = layout
        packer = "pack_numbers<\(name)>"
        expansion = nil
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
        case .q8_K: self.init(expanding: ZONDA_Q8_K)
        case .iq2_XXS: self.init(expanding: ZONDA_IQ2_XXS)
        case .iq2_XS: self.init(expanding: ZONDA_IQ2_XS)
        case .iq2_S: self.init(expanding: ZONDA_IQ2_S)
        case .iq3_XXS: self.init(expanding: ZONDA_IQ3_XXS)
        case .iq3_S: self.init(expanding: ZONDA_IQ3_S)
        case .iq1_S: self.init(expanding: ZONDA_IQ1_S)
        case .iq1_M: self.init(expanding: ZONDA_IQ1_M)
        case .tq1_0: self.init(expanding: ZONDA_TQ1_0)
        case .tq2_0: self.init(expanding: ZONDA_TQ2_0)
        case .f64, .i64, .i32, .i16, .i8, .u8, .bool, .fp8: return nil
        }
    }
}

extension PackedWeight {
    /// - Throws: `internalFault` for a type that nothing packs.
    var format: WeightFormat {
        get throws(ZondaError) {
            if let format = WeightFormat(layout.dtype) { return format }
            throw ZondaError(.internalFault, "\(name) was packed as a type that can't be")
        }
    }
}
