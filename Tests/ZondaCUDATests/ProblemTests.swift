import TestSupport
import Testing
import ZondaCore

@testable import ZondaCUDA

/// Each way in which a machine is not fit for its GPU: one line that says which, and a remedy.
@Suite(.enabled(if: Stub.compiler != nil, Stub.missing))
struct ProblemTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    /// A machine with a stub driver, and an NVRTC unless told otherwise.
    func system(
        driver definitions: String..., nvrtc: Bool = true, visible: String? = nil
    ) throws -> CUDASystem {
        try Stub.build("driver.c", "\(folder.path)/own/libcuda.so.1", definitions)
        if nvrtc { try Stub.build("nvrtc.c", "\(folder.path)/own/libnvrtc.so.13") }
        var variables = ["ZONDA_CUDA_PATH": "\(folder.path)/own"]
        variables["CUDA_VISIBLE_DEVICES"] = visible
        return CUDASystem.discover(in: SearchEnvironment(variables: variables, root: folder.path))
    }

    @Test func noDriver() throws {
        let system = CUDASystem.discover(in: SearchEnvironment(variables: [:], root: folder.path))
        #expect(system.problem == .noDriver)
        expectError(.noDevice, "cuda:0 can't be used", "libcuda.so.1 was not found", "apt install") {
            _ = try system.select(0)
        }
    }

    @Test func driverTooOld() throws {
        let system = try system(driver: "VERSION=11040")
        #expect(system.problem == .driverTooOld(LibraryVersion(11, 4)))
        expectError(.noDevice, "too old", "CUDA 11.4", "12.0", "driver 525") { _ = try system.select(0) }
    }

    @Test func driverWithoutAFunction() throws {
        let system = try system(driver: "OMIT_TENSOR_MAPS")
        #expect(system.problem == .noDriver)
        #expect(system.driver.attempts.contains { $0.reason == "it has no function cuTensorMapEncodeTiled" })
    }

    @Test func driverThatDoesNotStart() throws {
        let system = try system(driver: "INIT_RESULT=803")
        expectError(.noDevice, "does not start", "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH (803)", "restart") {
            _ = try system.select(0)
        }
    }

    @Test(arguments: ["GPU_COUNT=0", "INIT_RESULT=100"])
    func noGPU(_ definition: String) throws {
        expectError(.noDevice, "shows no GPU", "nvidia-smi") { _ = try system(driver: definition).select(0) }
        expectError(.noDevice, "CUDA_VISIBLE_DEVICES=\"7\"", "unset CUDA_VISIBLE_DEVICES") {
            _ = try system(driver: definition, visible: "7").select(0)
        }
    }

    @Test func noSuchGPU() throws {
        expectError(.noDevice, "there is no cuda:2", "cuda:0 (Stub GPU), cuda:1 (Stub GPU)") {
            _ = try system(driver: "GPU_COUNT=2").select(2)
        }
    }

    @Test func noNVRTC() throws {
        let system = try system(driver: "VERSION=12080", nvrtc: false)
        #expect(system.problem == .noNVRTC(driver: LibraryVersion(12, 8)))
        expectError(.noDevice, "no NVRTC", "CUDA 12.8", "pip install nvidia-cuda-nvrtc-cu12") {
            _ = try system.select(0)
        }
    }

    @Test func gpuTooOld() throws {
        expectError(.unsupported, "Stub GPU is sm_75, older than sm_80", "--device cpu") {
            _ = try system(driver: "CAPABILITY=75").select(0)
        }
    }

    @Test func nvrtcTooOldForTheGPU() throws {
        expectError(.unsupported, "no sm_120", "sm_80, sm_86, sm_90", "newer NVRTC") {
            _ = try system(driver: "CAPABILITY=120").select(0)
        }
    }

    @Test func noMemory() throws {
        let system = try system(driver: "RETAIN_RESULT=2")
        expectError(.outOfMemory, "Stub GPU has no memory left", "nvidia-smi") {
            _ = try system.freeByteCount(of: system.gpus[0])
        }
    }

    @Test func allIsWell() throws {
        let system = try system()
        #expect(system.problem == nil)
        let gpu = try system.select(0).gpu
        #expect(gpu.capability == ComputeCapability(9, 0))
        #expect(gpu.uuid == String(repeating: "ab", count: 16))
        #expect(gpu.busID == "0000:01:00.0")
        #expect(gpu.peakBandwidth == 2 * 1e9 * 128)
        #expect(try system.freeByteCount(of: gpu) == gpu.memoryByteCount)
    }

    /// What `auto` does: nothing to say without a GPU, the first GPU that works, or why none does.
    @Test func automaticChoice() throws {
        func choice(_ system: CUDASystem) -> String {
            switch system.automaticGPU(root: folder.path) {
            case .none: "none"
            case .usable(let gpu): gpu.id
            case .unusable(let error): error.message
            }
        }
        /// Each in a folder of its own: the loader knows a library by its path.
        func choice(_ definition: String, nvrtc: Bool = true, visible: String? = nil) throws -> String {
            let own = "\(folder.path)/\(definition)\(nvrtc)"
            try Stub.build("driver.c", "\(own)/libcuda.so.1", [definition])
            if nvrtc { try Stub.build("nvrtc.c", "\(own)/libnvrtc.so.13") }
            var variables = ["ZONDA_CUDA_PATH": own]
            variables["CUDA_VISIBLE_DEVICES"] = visible
            return choice(CUDASystem.discover(in: SearchEnvironment(variables: variables, root: folder.path)))
        }
        let bare = CUDASystem.discover(in: SearchEnvironment(variables: [:], root: folder.path))
        #expect(choice(bare) == "none")
        #expect(try choice("GPU_COUNT=0") == "none")
        #expect(try choice("GPU_COUNT=2") == "cuda:0")
        #expect(try choice("CAPABILITY=75").contains("sm_75"))
        #expect(try choice("VERSION=11040").contains("too old"))
        #expect(try choice("GPU_COUNT=1", nvrtc: false).contains("no NVRTC"))
        // A GPU on the bus that no driver drives, or none shows.
        for (file, text) in [("vendor", "0x10de\n"), ("class", "0x030200\n")] {
            try folder.write("sys/bus/pci/devices/0000:01:00.0/\(file)", text)
        }
        #expect(choice(bare).contains("no NVIDIA driver"))
        #expect(try choice("INIT_RESULT=100").contains("shows no GPU"))
        #expect(try choice("INIT_RESULT=100", visible: "") == "none", "hidden on purpose")
    }
}
