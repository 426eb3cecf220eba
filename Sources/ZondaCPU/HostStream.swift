import ZondaCore
import ZondaDevice

/// A stream whose tensors and samplers are in this process' own memory.
protocol HostStream: Stream {
    var samplers: SlotSamplers { get }
}

extension HostStream {
    func setSampler(
        slot: Int, _ parameters: SamplingParameters, prompt: [TokenID], generated: [TokenID]
    ) throws(ZondaError) {
        try samplers.set(slot: slot, parameters, prompt: prompt, generated: generated)
    }

    func setMask(slot: Int, _ mask: [UInt32]) throws(ZondaError) { try samplers.setMask(slot: slot, mask) }

    func samples(of submission: Submission) throws(ZondaError) -> [Result<Sample, ZondaError>] {
        try samplers.results(of: submission)
    }

    func read(_ tensor: Tensor) throws(ZondaError) -> [Float] { try HostMemory.read(tensor) }
}
