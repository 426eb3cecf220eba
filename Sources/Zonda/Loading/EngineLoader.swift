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
        let description = source.description
        let weightByteCount = source.weightByteCount
        let (device, plan) = try options.place(source, which)
        options.onPlan?(plan.memory)
        // Before the weights: reading much takes memory that will be theirs.
        let measuring = ContinuousClock.now
        let limits = try measureLimits(of: device)
        let measuringTime = limits == nil ? 0 : (.now - measuring).seconds
        let freeByteCount = try device.freeByteCount()
        let onProgress = options.onProgress
        let decoder = try DecoderLoader.load(
            description, from: source.weights, on: device, maxSequenceLength: plan.scheduling.maxSequenceLength,
            memoryByteCount: plan.weightMemoryByteCount
        ) { onProgress?(min($0, weightByteCount), weightByteCount) }
        onProgress?(weightByteCount, weightByteCount)
        let runner = try ModelRunner(decoder: decoder, plan: plan, profiler: options.profiler, on: device)
        var memory = plan.memory
        if let before = freeByteCount, let after = try device.freeByteCount() {
            memory.measuredByteCount = before - after
        }
        let loop = try EngineLoop(
            plan.scheduling, runner: runner, tokenizer: source.text?.tokenizer, options: options)
        let info = ModelInfo(
            path: source.weights.path, architecture: source.architecture.name, layerCount: description.layers.count,
            vocabularyCount: description.vocabularyCount,
            parameterCount: source.parameterCount,
            weightByteCount: weightByteCount, fileByteCount: decoder.keptByteCount, kvByteCount: memory.kvByteCount,
            memory: memory, maxSequenceLength: plan.scheduling.maxSequenceLength,
            maxBatchSize: plan.scheduling.maxBatchSize,
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
