import CZondaCUDA
public import ZondaCore

extension CUDASystem {
    /// Why one of the GPUs can't be used, though the machine is fit for GPUs otherwise.
    public func problem(of gpu: GPU) -> CUDAProblem? {
        if gpu.capability < .oldest { return .gpuTooOld(name: gpu.name, gpu.capability) }
        guard let nvrtc = nvrtc.found?.library else { return problem }
        let knows = nvrtc.architectures.contains { $0 / 10 == gpu.capability.major && $0 <= gpu.capability.number }
        return knows ? problem : .nvrtcTooOld(gpu.capability, supported: nvrtc.architectures)
    }

    /// A GPU with what is needed to run kernels on it.
    public typealias Selection = (driver: CUDADriver, nvrtc: NVRTC, gpu: GPU)

    /// Chooses `cuda:ordinal`.
    ///
    /// - Throws: the problem of the machine or of this GPU; `noDevice` for an ordinal that there is not, naming those that
    ///   there are.
    public func select(_ ordinal: Int) throws(ZondaError) -> Selection {
        guard let driver = driver.found?.library, !gpus.isEmpty else {
            throw (problem ?? .noDriver).error.asked(for: ordinal)
        }
        guard gpus.indices.contains(ordinal) else {
            let names = gpus.map { "\($0.id) (\($0.name))" }.joined(separator: ", ")
            let variable = visibleDevices.map { "; CUDA_VISIBLE_DEVICES is \"\($0)\"" } ?? ""
            throw ZondaError(
                .noDevice, "there is no cuda:\(ordinal)", remedy: "there are \(names)\(variable)",
                facts: ["device": "cuda:\(ordinal)", "count": "\(gpus.count)"])
        }
        let gpu = gpus[ordinal]
        if let problem = problem(of: gpu) { throw problem.error.asked(for: ordinal) }
        guard let nvrtc = nvrtc.found?.library else {
            throw CUDAProblem.noNVRTC(driver: driver.version).error.asked(for: ordinal)
        }
        return (driver, nvrtc, gpu)
    }

    /// Bytes of a GPU's memory that any process can still take; opens the GPU for it.
    ///
    /// - Throws: `outOfMemory` when nothing is left, `deviceFailed` when the GPU can't be opened.
    public func freeByteCount(of gpu: GPU) throws(ZondaError) -> Int {
        guard let driver = driver.found?.library else { throw (problem ?? .noDriver).error }
        do throws(ZondaError) {
            return try CUDAContext(gpu, driver).memory().free
        } catch {
            throw error.code == .outOfMemory ? CUDAProblem.noMemory(name: gpu.name).error : error
        }
    }
}

extension ZondaError {
    /// The same error with the device that was asked for by name.
    fileprivate func asked(for ordinal: Int) -> ZondaError {
        var error = self
        error.message = "cuda:\(ordinal) can't be used: \(message)"
        error.facts["device"] = "cuda:\(ordinal)"
        return error
    }
}
