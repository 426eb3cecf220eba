import ZondaCPU
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
        try options.device.requireCPU()
        let device = try CPUDevice(threads: options.threads, instructionSet: try options.requiredInstructionSet())
        let description = source.description
        let weightByteCount = source.weightByteCount
        let plan = try MemoryPlan(
            for: description, which: which, options: options, on: device,
            availableByteCount: max(0, device.info.memoryByteCount - weightByteCount))
        let onProgress = options.onProgress
        let decoder = try DecoderLoader.load(
            description, from: source.weights, on: device, maxSequenceLength: plan.scheduling.maxSequenceLength
        ) { onProgress?(min($0, weightByteCount), weightByteCount) }
        onProgress?(weightByteCount, weightByteCount)
        let runner = try ModelRunner(decoder: decoder, plan: plan, options: options, on: device)
        let loop = try EngineLoop(plan.scheduling, runner: runner, tokenizer: source.text?.tokenizer)
        let info = ModelInfo(
            path: source.weights.path, architecture: source.architecture.name, layerCount: description.layers.count,
            vocabularyCount: description.vocabularyCount,
            parameterCount: source.parameterCount,
            weightByteCount: weightByteCount, kvByteCount: plan.kvByteCount,
            maxSequenceLength: plan.scheduling.maxSequenceLength, maxBatchSize: plan.scheduling.maxBatchSize,
            device: "\(device.info.id): \(device.info.description)", loadTime: (.now - started).seconds)
        return (loop, info)
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
