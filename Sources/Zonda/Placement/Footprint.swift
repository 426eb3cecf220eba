import ZondaCore
import ZondaDevice
import ZondaModels
import ZondaScheduling

/// What a model takes on a device beside keys and values: counted by loading it, with the code that loads it, onto a
/// device that only counts.
struct Footprint {
    let matrixByteCount: Int
    let vectorByteCount: Int
    let activationByteCount: Int
    let scratchByteCount: Int
    let stream: StreamMemory

    /// - Parameters:
    ///   - length: tokens of the longest sequence.
    ///   - caches: makes the caches of the layers.
    init(
        of model: DecoderDescription, from weights: any WeightSource, length: Int, limits: StepLimits,
        caches: (any Device) throws(ZondaError) -> [KVCache], on device: any Device
    ) throws(ZondaError) {
        let planner = PlanningDevice(device)
        let decoder = try DecoderLoader.plan(model, from: weights, on: planner, maxSequenceLength: length)
        matrixByteCount = planner.packedByteCount
        vectorByteCount = planner.allocatedByteCount
        let activations = try Activations(
            for: model, rows: limits.rows, logitRows: limits.logitRows, on: planner)
        activationByteCount = planner.allocatedByteCount - vectorByteCount
        let caches = try caches(planner)
        stream = try device.streamMemory(limits: limits) { (key, encoder) throws(ZondaError) in
            try decoder.record(key, on: encoder, activations, caches)
        }
        scratchByteCount = stream.scratchByteCount > 0 ? device.allocatedByteCount(stream.scratchByteCount) : 0
    }

    /// All but weights.
    var stepByteCount: Int { activationByteCount + scratchByteCount + stream.inputByteCount }
    var byteCount: Int { matrixByteCount + vectorByteCount + stepByteCount }
}
