import CZondaCUDA
public import ZondaCore

/// Compiles kernels for one architecture.
///
/// `Sendable`: may compile on several threads at once.
public struct KernelCompiler: Sendable {
    public let nvrtc: NVRTC
    public let architecture: KernelArchitecture
    public let sources: KernelSources

    public init(_ nvrtc: NVRTC, for architecture: KernelArchitecture, sources: KernelSources = .embedded) {
        self.nvrtc = nvrtc
        self.architecture = architecture
        self.sources = sources
    }

    /// All options of the compiler for a program. A real architecture and not a virtual one: NVRTC then makes the cubin
    /// itself, which loads into any driver of its major version, where PTX would need one as new as NVRTC.
    func options(of program: KernelProgram) -> [String] {
        [
            "--gpu-architecture=\(architecture)", "--std=c++17", "--device-as-default-execution-space",
            "--ptxas-options=-v",
        ] + program.options
    }

    /// Takes about a tenth of a second for a plain kernel, and seconds for many instances of a large one.
    ///
    /// - Throws: `badKernel` with the compiler's log; `internalFault` for a file that there is not.
    public func compile(_ program: KernelProgram) throws(ZondaError) -> CompiledKernels {
        let text = try sources.text(of: program)
        let unit = try NVRTCProgram(text, name: program.file, headers: sources.headers, nvrtc: nvrtc)
        for expression in program.expressions { try unit.add(expression) }
        try unit.compile(options(of: program), for: architecture)
        var loweredNames: [String: String] = [:]
        for expression in program.expressions { loweredNames[expression] = try unit.loweredName(expression) }
        return CompiledKernels(
            name: program.file, cubin: try unit.cubin(), loweredNames: loweredNames, log: try unit.log())
    }
}
