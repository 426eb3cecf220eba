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
        let freeByteCount = try device.freeByteCount()
        let onProgress = options.onProgress
        let decoder = try DecoderLoader.load(
            description, from: source.weights, on: device, maxSequenceLength: plan.scheduling.maxSequenceLength,
            memoryByteCount: plan.weightMemoryByteCount
        ) { onProgress?(min($0, weightByteCount), weightByteCount) }
        onProgress?(weightByteCount, weightByteCount)
        let runner = try ModelRunner(decoder: decoder, plan: plan, on: device)
        var memory = plan.memory
        if let before = freeByteCount, let after = try device.freeByteCount() {
            memory.measuredByteCount = before - after
        }
        let loop = try EngineLoop(plan.scheduling, runner: runner, tokenizer: source.text?.tokenizer)
        let info = ModelInfo(
            path: source.weights.path, architecture: source.architecture.name, layerCount: description.layers.count,
            vocabularyCount: description.vocabularyCount,
            parameterCount: source.parameterCount,
            weightByteCount: weightByteCount, fileByteCount: decoder.keptByteCount, kvByteCount: memory.kvByteCount,
            memory: memory, maxSequenceLength: plan.scheduling.maxSequenceLength,
            maxBatchSize: plan.scheduling.maxBatchSize,
            device: "\(device.info.id): \(device.info.description)", loadTime: (.now - started).seconds)
        return (loop, info)
    }
}
