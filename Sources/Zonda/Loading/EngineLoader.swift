import ZondaCore
import ZondaDevice
import ZondaModels
import ZondaScheduling

/// Puts a model on its device and makes the loop that serves it; runs on the engine's thread.
struct EngineLoader: Sendable {
    let source: ModelSource
    let which: Which
    let options: RunnerOptions
    /// When the files were opened.
    let started: ContinuousClock.Instant

    func load() throws(ZondaError) -> (EngineLoop, ModelInfo) {
        let device = if let make = options.makeDevice { try make() } else { try options.device.open(options) }
        // Before the weights: reading much takes memory that will be theirs.
        let measuring = ContinuousClock.now
        let limits = try measureLimits(of: device)
        let measuringTime = limits == nil ? 0 : (.now - measuring).seconds
        let description = source.description
        let weightByteCount = source.weightByteCount
        let plan = try MemoryPlan(
            for: description, which: which, options: options, on: device,
            weightByteCount: try DecoderLoader.packedByteCount(of: description, from: source.weights, on: device))
        let onProgress = options.onProgress
        let decoder = try DecoderLoader.load(
            description, from: source.weights, on: device, maxSequenceLength: plan.scheduling.maxSequenceLength,
            memoryByteCount: options.weightMemoryByteCount ?? plan.weightMemoryByteCount(on: device.info)
        ) { onProgress?(min($0, weightByteCount), weightByteCount) }
        onProgress?(weightByteCount, weightByteCount)
        let runner = try ModelRunner(decoder: decoder, plan: plan, options: options, on: device)
        let loop = try EngineLoop(plan.scheduling, runner: runner, tokenizer: source.text?.tokenizer)
        let info = ModelInfo(
            path: source.weights.path, architecture: source.architecture.name, layerCount: description.layers.count,
            vocabularyCount: description.vocabularyCount,
            parameterCount: source.parameterCount,
            weightByteCount: weightByteCount, fileByteCount: decoder.keptByteCount, kvByteCount: plan.kvByteCount,
            maxSequenceLength: plan.scheduling.maxSequenceLength, maxBatchSize: plan.scheduling.maxBatchSize,
            device: "\(device.info.id): \(device.info.description)",
            loadTime: (.now - started).seconds - measuringTime, limits: limits)
        return (loop, info)
    }

    private func measureLimits(of device: any Device) throws(ZondaError) -> SpeedLimits? {
        guard options.measuresLimits else { return nil }
        guard let measurable = device as? any MeasurableDevice else {
            throw ZondaError(
                .unsupported, "\(device.info.id) can't measure its limits", remedy: "measure speeds without shares")
        }
        let cost = try DecoderCost(source.description, from: source.weights, on: device, kvType: options.kvType)
        return SpeedLimits(
            device: try measurable.measureLimits(compute: options.usesFloat32 ? .float32 : .fast), cost: cost)
    }
}
