import CZondaSIMD
import ZondaCore

/// A set of vector instructions that the kernels were compiled for.
public enum InstructionSet: String, Sendable, CaseIterable, Codable {
    /// Plain C; runs everywhere, slowly.
    case portable
    /// AArch64.
    case neon
    /// x86-64 with AVX2, FMA and F16C.
    case avx2
    /// x86-64 with AVX-512 F, BW, VL, DQ, VNNI and BF16.
    case avx512

    /// What this machine can run, slowest first.
    public static var supported: [InstructionSet] {
        allCases.filter { zonda_isa_supported($0.code) }
    }

    var code: zonda_isa {
        switch self {
        case .portable: ZONDA_ISA_PORTABLE
        case .neon: ZONDA_ISA_NEON
        case .avx2: ZONDA_ISA_AVX2
        case .avx512: ZONDA_ISA_AVX512
        }
    }

    /// As its makers write it.
    public var title: String {
        switch self {
        case .portable: "portable"
        case .neon: "NEON"
        case .avx2: "AVX2"
        case .avx512: "AVX-512"
        }
    }

    /// - Throws: `noDevice` that lists what there is.
    func kernels() throws(ZondaError) -> UnsafePointer<zonda_kernels> {
        guard let kernels = zonda_kernels_for(code) else {
            let names = Self.supported.map(\.rawValue).joined(separator: ", ")
            throw ZondaError(
                .noDevice, "this machine can't run the instruction set \(rawValue)", remedy: "choose one of \(names)",
                facts: ["supported": names])
        }
        return kernels
    }
}
