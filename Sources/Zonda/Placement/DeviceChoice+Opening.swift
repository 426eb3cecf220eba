import ZondaCPU
import ZondaCUDA
import ZondaCore
import ZondaDevice

extension DeviceChoice {
    /// Opens the device; `auto` is the CPU as long as the GPU's kernels have not run on a GPU (docs/status.md).
    ///
    /// - Throws: for `cuda:N`, what is missing on this machine.
    func open(_ options: RunnerOptions) throws(ZondaError) -> any Device {
        switch self {
        case .auto, .cpu:
            return try CPUDevice(threads: options.threads, instructionSet: try options.requiredInstructionSet())
        case .cuda(let ordinal):
            let (driver, nvrtc, gpu) = try CUDASystem.discover().select(ordinal)
            return try CUDADevice(gpu, driver, nvrtc, isDeterministic: options.isDeterministic) { event in
                options.onEvent?("\(event)")
            }
        }
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
