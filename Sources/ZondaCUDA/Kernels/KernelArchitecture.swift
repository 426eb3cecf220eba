public import ZondaCore

/// What kernels are compiled for: `sm_90a`. A cubin runs on this one generation of GPUs.
public struct KernelArchitecture: Hashable, Sendable, CustomStringConvertible {
    /// 80, 86, 89, 90, 100, 120.
    public let number: Int
    /// Whether instructions that only this very generation has may be used (`wgmma` on sm_90a): the cubin then runs on no
    /// later one.
    public let isExact: Bool

    public init(_ number: Int, isExact: Bool = false) {
        self.number = number
        self.isExact = isExact
    }

    /// As the compiler is told.
    public var description: String { "sm_\(number)\(isExact ? "a" : "")" }

    /// Those that the kernels are written for and that tests compile all of them for.
    public static let tested: [KernelArchitecture] = [
        .init(80), .init(86), .init(89), .init(90, isExact: true), .init(100, isExact: true), .init(120),
    ]

    /// Data-centre GPUs whose matrix instructions are theirs alone.
    private static let exactNumbers = [90, 100, 103]

    /// The best that a compiler can do for a GPU: the GPU's own number, or else the nearest below it of the same
    /// generation, whose code it runs too.
    ///
    /// - Parameter supported: what NVRTC says it can compile for, as `nvrtcGetSupportedArchs` writes it.
    /// - Throws: `unsupported` for a GPU older than 8.0, or one that NVRTC does not know.
    public init(for capability: ComputeCapability, supported: [Int]) throws(ZondaError) {
        guard capability >= .oldest else { throw CUDAProblem.gpuTooOld(name: nil, capability).error }
        let generation = supported.filter { $0 / 10 == capability.major && $0 <= capability.number }
        guard let number = generation.max() else {
            throw CUDAProblem.nvrtcTooOld(capability, supported: supported).error
        }
        self.init(number, isExact: number == capability.number && Self.exactNumbers.contains(number))
    }
}
