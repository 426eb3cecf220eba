import TestSupport
import Testing
import ZondaCore

@testable import ZondaCUDA

/// The real compiler, without a GPU: every kernel, for every architecture that Zonda is written for.
@Suite(.enabled(if: Toolchain.nvrtc != nil, Toolchain.missing))
struct CompilationTests {
    /// Kernels that may spill registers, by a part of their symbol and of the architecture's name, with the reason.
    static let spilling: [(kernel: String, architecture: String, reason: String)] = []

    static let programs = KernelSources.embedded.programNames

    /// One program for all architectures, on both threads of a small machine.
    @Test(arguments: programs)
    func everyKernelFitsItsRegisters(_ file: String) throws {
        let nvrtc = try #require(Toolchain.nvrtc)
        let program = KernelProgram(file, listedIn: .embedded)
        let architectures = KernelArchitecture.tested.filter { nvrtc.architectures.contains($0.number) }
        #expect(architectures == KernelArchitecture.tested, "NVRTC \(nvrtc.version) compiles for \(architectures) only")
        let results = Workers.map(architectures, threadCount: 2) { architecture in
            Result { try KernelCompiler(nvrtc, for: architecture).compile(program) }
        }
        for (architecture, result) in zip(architectures, results) {
            let kernels = try result.get()
            #expect(kernels.cubin.starts(with: [0x7F] + Array("ELF".utf8)))
            #expect(!kernels.resources.isEmpty, "\(file) has no kernel: \(kernels.log)")
            for kernel in kernels.resources where kernel.spills {
                let isListed = Self.spilling.contains {
                    kernel.symbol.contains($0.kernel) && "\(architecture)".contains($0.architecture)
                }
                #expect(isListed, "\(file): \(kernel) for \(architecture)")
            }
        }
    }

    /// The log does tell of spills: 255 registers are not enough for 400 values that are all needed at the end.
    @Test func aSpillIsSeen() throws {
        let text = """
            template <int count> __global__ void greedy(float *values) {
                float kept[count];
            #pragma unroll
                for (int i = 0; i < count; i++) kept[i] = values[i * blockDim.x + threadIdx.x];
                __syncthreads();
            #pragma unroll
                for (int i = 0; i < count; i++) values[(count - i) * blockDim.x + threadIdx.x] = kept[i] * kept[count - 1 - i];
            }
            """
        let sources = KernelSources(files: ["greedy.cu": text])
        let compiler = KernelCompiler(try #require(Toolchain.nvrtc), for: KernelArchitecture(80), sources: sources)
        let kernels = try compiler.compile(KernelProgram("greedy.cu", ["greedy<8>", "greedy<400>"]))
        let symbols = kernels.loweredNames
        let small = try #require(kernels.resources.first { $0.symbol == symbols["greedy<8>"] }, "\(kernels.log)")
        let large = try #require(kernels.resources.first { $0.symbol == symbols["greedy<400>"] })
        #expect(!small.spills && small.registerCount > 8)
        #expect(large.spills && large.registerCount == 255, "\(large)")
    }

    @Test func headersAndOptions() throws {
        let sources = KernelSources(files: [
            "a.cu": "#include \"a.cuh\"\nextern \"C\" __global__ void f(int *x) { *x = twice(FACTOR); }",
            "a.cuh": "__device__ int twice(int x) { return 2 * x; }",
        ])
        let compiler = KernelCompiler(
            try #require(Toolchain.nvrtc), for: KernelArchitecture(90, isExact: true), sources: sources)
        let kernels = try compiler.compile(KernelProgram("a.cu", options: ["-DFACTOR=3"]))
        #expect(kernels.resources.map(\.symbol) == ["f"])
        expectError(.badKernel, "does not compile a.cu for sm_90a", "FACTOR", "undefined") {
            _ = try compiler.compile(KernelProgram("a.cu"))
        }
        expectError(.badKernel, "does not compile a.cu", "no_such_kernel") {
            _ = try compiler.compile(KernelProgram("a.cu", ["no_such_kernel<1>"], options: ["-DFACTOR=3"]))
        }
    }
}
