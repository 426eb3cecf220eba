public import CZondaCUDA
public import ZondaCore

extension CUDADriver {
    /// Throws when a call failed.
    ///
    /// A failure may come from work that was submitted long before: the driver reports it at whichever call is next.
    ///
    /// - Parameters:
    ///   - call: the driver's name of the function.
    ///   - purpose: what was being done, with its numbers; a phrase like "loading linear.cu".
    /// - Throws: `outOfMemory`, `noDevice` or `deviceFailed`, with the driver's own name for the result.
    public func check(
        _ result: zonda_cu_result, _ call: StaticString, _ purpose: @autoclosure () -> String? = nil
    ) throws(ZondaError) {
        guard result != ZONDA_CU_SUCCESS else { return }
        throw failure(result, "\(call)", purpose())
    }

    /// The error for a result that is known to be one.
    func failure(_ result: zonda_cu_result, _ call: String, _ purpose: String?) -> ZondaError {
        let name = text(result, functions.cuGetErrorName) ?? "unknown error"
        let explanation = text(result, functions.cuGetErrorString).map { ": \($0)" } ?? ""
        return ZondaError(
            Self.code(of: result),
            (purpose.map { "\($0): " } ?? "") + "\(call) failed with \(name) (\(result.rawValue))\(explanation)",
            remedy: Self.remedy(for: result),
            facts: ["call": call, "result": "\(result.rawValue)", "name": name])
    }

    private typealias Describe = (zonda_cu_result, UnsafeMutablePointer<UnsafePointer<CChar>?>) -> zonda_cu_result

    private func text(_ result: zonda_cu_result, _ describe: Describe) -> String? {
        var text: UnsafePointer<CChar>?
        guard describe(result, &text) == ZONDA_CU_SUCCESS else { return nil }
        return text.map { String(cString: $0) }
    }

    private static func code(of result: zonda_cu_result) -> ZondaError.Code {
        switch result {
        case ZONDA_CU_ERROR_OUT_OF_MEMORY: .outOfMemory
        case ZONDA_CU_ERROR_NO_DEVICE, ZONDA_CU_ERROR_INVALID_DEVICE: .noDevice
        default: .deviceFailed
        }
    }

    private static func remedy(for result: zonda_cu_result) -> String? {
        switch result {
        case ZONDA_CU_ERROR_OUT_OF_MEMORY: "end other processes on the GPU (`nvidia-smi` lists them), or ask for less"
        case ZONDA_CU_ERROR_NO_DEVICE: "`nvidia-smi` should list a GPU; CUDA_VISIBLE_DEVICES may hide it"
        case ZONDA_CU_ERROR_DEVICE_UNAVAILABLE: "another process has the GPU to itself (`nvidia-smi` lists them)"
        case ZONDA_CU_ERROR_SYSTEM_NOT_READY: "GPUs joined by switches need the nvidia-fabricmanager service: start it"
        case ZONDA_CU_ERROR_SYSTEM_DRIVER_MISMATCH: "the driver was updated under a running kernel module: restart"
        case ZONDA_CU_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE:
            "take the folder with cuda-compat's libcuda out of LD_LIBRARY_PATH"
        case ZONDA_CU_ERROR_STUB_LIBRARY: "this libcuda is the toolkit's stub: take its folder out of LD_LIBRARY_PATH"
        case ZONDA_CU_ERROR_NO_BINARY_FOR_GPU: "the kernel was compiled for another GPU; delete the kernel cache"
        case ZONDA_CU_ERROR_ILLEGAL_ADDRESS, ZONDA_CU_ERROR_LAUNCH_FAILED:
            "a kernel is wrong, and the GPU is lost to this process: please report it"
        default: nil
        }
    }
}
