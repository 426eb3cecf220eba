/// A library of NVIDIA's that Zonda looks for when it runs.
public enum LibraryKind: String, Sendable, CaseIterable, Codable {
    /// The driver's own library: it belongs to the kernel module, and no Python package has it.
    case driver
    /// Compiles kernels for the GPU that is there.
    case nvrtc
    /// Matrix products of long prompts.
    case cublasLt
    /// Sums and gathers between GPUs.
    case nccl

    /// As its makers write it.
    public var title: String {
        switch self {
        case .driver: "libcuda"
        case .nvrtc: "NVRTC"
        case .cublasLt: "cuBLASLt"
        case .nccl: "NCCL"
        }
    }

    /// File names, best first. The number is the major version of the interface.
    var fileNames: [String] {
        switch self {
        case .driver: ["libcuda.so.1"]
        case .nvrtc: ["libnvrtc.so.13", "libnvrtc.so.12"]
        case .cublasLt: ["libcublasLt.so.13", "libcublasLt.so.12"]
        case .nccl: ["libnccl.so.2"]
        }
    }

    /// The line that installs it, for a driver that implements `cuda` (nil: none is there).
    public func installation(for cuda: LibraryVersion?) -> String {
        let major = cuda.map { $0.major >= 13 ? 13 : 12 } ?? 13
        let suffix = major == 13 ? "" : "-cu12"
        return switch self {
        case .driver:
            "install NVIDIA's driver 580 or newer (Debian, Ubuntu: `sudo apt install nvidia-driver`); "
                + "start a container with `--gpus all`"
        case .nvrtc: "`pip install nvidia-cuda-nvrtc\(suffix)`, or `sudo apt install nvidia-cuda-toolkit`"
        case .cublasLt: "`pip install nvidia-cublas\(suffix)`, or `sudo apt install nvidia-cuda-toolkit`"
        case .nccl: "`pip install nvidia-nccl-cu\(major)`, or `sudo apt install libnccl2`"
        }
    }
}
