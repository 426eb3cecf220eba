import ZondaCPU
import ZondaCUDA
import ZondaCore
import ZondaDevice

extension RunnerOptions {
    /// A device with the plan of a model on it.
    typealias Placement = (device: any Device, plan: EnginePlan)

    /// Opens the device that these options name, on the calling thread, and plans the model there.
    ///
    /// `auto` takes a GPU that is there and that the model fits (unless an instruction set is asked for); what speaks
    /// against it goes to `onEvent`, in one line with its remedy, and the model to the CPU.
    ///
    /// - Throws: for `cuda:N`, what is missing on this machine; for a model that does not fit, the numbers.
    func place(_ source: ModelSource, _ which: Which) throws(ZondaError) -> Placement {
        func plan(on device: any Device) throws(ZondaError) -> Placement {
            (device, try EnginePlan(for: source, which: which, options: self, on: device))
        }
        if let makeDevice { return try plan(on: try makeDevice()) }
        switch device {
        case .cpu: return try plan(on: try openCPU())
        case .cuda(let ordinal): return try plan(on: try openGPU(ordinal, of: .discover()))
        // An instruction set is something that only a processor has.
        case .auto where instructionSet != nil: return try plan(on: try openCPU())
        case .auto:
            let system = CUDASystem.discover()
            let automatic = AutomaticDevice(system.automaticGPU())
            if let note = automatic.note { onEvent?(note) }
            if case .cuda(let ordinal) = automatic.choice {
                do throws(ZondaError) {
                    return try plan(on: try openGPU(ordinal, of: system))
                } catch {
                    onEvent?(AutomaticDevice.note(error))
                }
            }
            return try plan(on: try openCPU())
        }
    }

    private func openCPU() throws(ZondaError) -> any Device {
        try CPUDevice(threads: threads, instructionSet: try requiredInstructionSet())
    }

    /// A GPU whose kernels have computed what they should, now or at an earlier start.
    private func openGPU(_ ordinal: Int, of system: CUDASystem) throws(ZondaError) -> any Device {
        let (driver, nvrtc, gpu) = try system.select(ordinal)
        let device: CUDADevice
        do throws(ZondaError) {
            device = try CUDADevice(gpu, driver, nvrtc, isDeterministic: isDeterministic) { event in
                onEvent?("\(event)")
            }
        } catch {
            throw error.code == .outOfMemory ? CUDAProblem.noMemory(name: gpu.name).error : error
        }
        let (cache, key) = (KernelCache(), device.fingerprint)
        if !cache.hasPassed(key) {
            onEvent?("checking what \(gpu.id) computes, once")
            try DeviceCheck.run(on: device)
            cache.notePassed(key)
        }
        return device
    }

    /// - Throws: `badRequest` for a name that no instruction set has.
    private func requiredInstructionSet() throws(ZondaError) -> InstructionSet? {
        guard let instructionSet else { return nil }
        if let known = InstructionSet(rawValue: instructionSet) { return known }
        let names = InstructionSet.allCases.map(\.rawValue).joined(separator: ", ")
        throw ZondaError(
            .badRequest, "there is no instruction set \(instructionSet)", remedy: "choose one of \(names)",
            facts: ["isa": instructionSet])
    }
}
