import ZondaCPU
import ZondaCUDA
import ZondaCore
import ZondaDevice

extension DeviceChoice {
    /// Opens the device; `auto` is a GPU where one can be used and computes right results, and else the CPU.
    ///
    /// - Throws: for `cuda:N`, what is missing on this machine.
    func open(_ options: RunnerOptions) throws(ZondaError) -> any Device {
        switch self {
        case .cpu: return try Self.processor(options)
        case .cuda(let ordinal): return try Self.gpu(ordinal, in: .discover(), options)
        // An instruction set is something that only a processor has.
        case .auto where options.instructionSet != nil: return try Self.processor(options)
        case .auto:
            let system = CUDASystem.discover()
            do throws(ZondaError) {
                return try Self.gpu(system.firstUsable, in: system, options)
            } catch {
                if system.isExpected { options.onEvent?("the CPU is used: \(error)") }
                return try Self.processor(options)
            }
        }
    }

    private static func processor(_ options: RunnerOptions) throws(ZondaError) -> any Device {
        try CPUDevice(threads: options.threads, instructionSet: try options.requiredInstructionSet())
    }

    /// A GPU whose kernels have computed what they should, now or at an earlier start.
    private static func gpu(
        _ ordinal: Int, in system: CUDASystem, _ options: RunnerOptions
    ) throws(ZondaError) -> any Device {
        let (driver, nvrtc, gpu) = try system.select(ordinal)
        let device = try CUDADevice(gpu, driver, nvrtc, isDeterministic: options.isDeterministic) { event in
            options.onEvent?("\(event)")
        }
        let (cache, key) = (KernelCache(), device.fingerprint)
        if !cache.hasPassed(key) {
            options.onEvent?("checking what \(gpu.id) computes, once")
            try DeviceCheck.run(on: device)
            cache.notePassed(key)
        }
        return device
    }
}

extension RunnerOptions {
    /// - Throws: `badRequest` for a name that no instruction set has.
    fileprivate func requiredInstructionSet() throws(ZondaError) -> InstructionSet? {
        guard let instructionSet else { return nil }
        if let known = InstructionSet(rawValue: instructionSet) { return known }
        let names = InstructionSet.allCases.map(\.rawValue).joined(separator: ", ")
        throw ZondaError(
            .badRequest, "there is no instruction set \(instructionSet)", remedy: "choose one of \(names)",
            facts: ["isa": instructionSet])
    }
}
