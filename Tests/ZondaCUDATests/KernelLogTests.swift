import Testing

@testable import ZondaCUDA

struct KernelLogTests {
    @Test func resources() {
        let log = """
            a.cu(3): warning #177-D: variable "x" was declared but never referenced
            ptxas info    : 0 bytes gmem
            ptxas info    : Compiling entry function '_Z1fPf' for 'sm_80'
            ptxas info    : Function properties for _Z1fPf
                0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
            ptxas info    : Used 12 registers, used 0 barriers, 380 bytes cmem[0]
            ptxas info    : Compiling entry function 'g' for 'sm_80'
            ptxas info    : Function properties for g
                128 bytes stack frame, 124 bytes spill stores, 120 bytes spill loads
            ptxas info    : Used 255 registers, used 1 barriers, 128 bytes cumulative stack size, 16 bytes smem
            """
        let kernels = CompiledKernels(name: "a.cu", cubin: [], loweredNames: [:], log: log).resources
        #expect(kernels.map(\.symbol) == ["_Z1fPf", "g"])
        #expect(kernels.map(\.registerCount) == [12, 255])
        #expect(kernels.map(\.spills) == [false, true])
        #expect(kernels[1].stackByteCount == 128)
        #expect(kernels[1].spillStoreByteCount == 124)
        #expect(kernels[1].spillLoadByteCount == 120)
    }

    @Test func listedInstances() {
        let text =
            "// math\n// instantiate: f<8, Half>\n// instantiate: f<1, Float>\n  // instantiate: not at the start\n"
        let program = KernelProgram("a.cu", listedIn: KernelSources(files: ["a.cu": text]))
        #expect(program.expressions == ["f<8, Half>", "f<1, Float>"])
    }
}
