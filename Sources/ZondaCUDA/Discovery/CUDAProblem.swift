public import ZondaCore

/// Why a GPU can't be used: one line, and what to do about it.
public enum CUDAProblem: Sendable, Hashable {
    /// There is no libcuda.
    case noDriver
    /// The driver implements an older CUDA than Zonda needs.
    case driverTooOld(LibraryVersion)
    /// The driver would not start: what failed, and what helps when that is known.
    case driverFailed(String, remedy: String?)
    /// The driver works and shows no GPU; `visible` is `CUDA_VISIBLE_DEVICES`, if it is set.
    case noGPU(visible: String?)
    /// There is no NVRTC; the driver's CUDA.
    case noNVRTC(driver: LibraryVersion)
    /// NVRTC was found, but only of a newer major version than the driver's CUDA.
    case driverTooOldForNVRTC(LibraryVersion, driver: LibraryVersion)
    /// NVRTC can't compile for the GPU.
    case nvrtcTooOld(ComputeCapability, supported: [Int])
    /// Older than sm_80.
    case gpuTooOld(name: String?, ComputeCapability)
    /// The GPU has no memory left even to be opened.
    case noMemory(name: String)

    /// The line and the remedy.
    public var error: ZondaError {
        switch self {
        case .noDriver:
            ZondaError(
                .noDevice, "there is no NVIDIA driver: libcuda.so.1 was not found",
                remedy: LibraryKind.driver.installation(for: nil))
        case .driverTooOld(let version):
            ZondaError(
                .noDevice,
                "the NVIDIA driver is too old: it implements CUDA \(version), and Zonda needs "
                    + "\(CUDADriver.oldestVersion)",
                remedy: "install driver 525 or newer (Debian, Ubuntu: `sudo apt install nvidia-driver`)",
                facts: ["driver": "\(version)"])
        case .driverFailed(let reason, let remedy):
            ZondaError(
                .noDevice, "the NVIDIA driver does not start: \(reason)",
                remedy: remedy ?? "check it with `nvidia-smi`; after an update of the driver, restart the machine")
        case .noGPU(let visible):
            ZondaError(
                .noDevice,
                "the NVIDIA driver shows no GPU" + (visible.map { ", with CUDA_VISIBLE_DEVICES=\"\($0)\"" } ?? ""),
                remedy: visible == nil
                    ? "`nvidia-smi` should list it; start a container with `--gpus all`" : "unset CUDA_VISIBLE_DEVICES")
        case .noNVRTC(let driver):
            ZondaError(
                .noDevice,
                "there is no NVRTC to compile kernels with: no libnvrtc was found that works with CUDA \(driver)",
                remedy: LibraryKind.nvrtc.installation(for: driver), facts: ["driver": "\(driver)"])
        case .driverTooOldForNVRTC(let version, let driver):
            ZondaError(
                .noDevice,
                "the NVIDIA driver is too old for NVRTC \(version): it implements CUDA \(driver) and loads kernels of "
                    + "CUDA \(driver.major) and older",
                remedy:
                    "install driver 580 or newer, or an older NVRTC: \(LibraryKind.nvrtc.installation(for: driver))",
                facts: ["driver": "\(driver)", "nvrtc": "\(version)"])
        case .nvrtcTooOld(let capability, let supported):
            ZondaError(
                .unsupported,
                "this NVRTC has no sm_\(capability.number): it compiles for \(Self.list(supported))",
                remedy: "install a newer NVRTC: \(LibraryKind.nvrtc.installation(for: nil))",
                facts: ["capability": "\(capability)"])
        case .gpuTooOld(let name, let capability):
            ZondaError(
                .unsupported,
                "\(name ?? "the GPU") is sm_\(capability.number), older than sm_\(ComputeCapability.oldest.number)",
                remedy: "use the CPU (`--device cpu`), or a GPU from the A100 or RTX 30 series on",
                facts: ["capability": "\(capability)"])
        case .noMemory(let name):
            ZondaError(
                .outOfMemory, "\(name) has no memory left",
                remedy: "end other processes on it (`nvidia-smi` lists them), or choose another GPU")
        }
    }

    private static func list(_ numbers: [Int]) -> String {
        numbers.map { "sm_\($0)" }.joined(separator: ", ")
    }
}
