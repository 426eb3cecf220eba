import ZondaCore
import ZondaFormats
import ZondaTokenizer

/// A model, loaded and ready to answer.
///
/// ```swift
/// let runner = try await Runner(which: .plain(modelID: "Qwen/Qwen3-0.6B"))
/// let response = try await runner.sendChatCompletionRequest(
///     ChatCompletionRequest(messages: [.user("Why is the sky blue?")], maxTokens: 256))
/// print(response.choices[0].message.content)
/// ```
/// Requests from many tasks run together, and each gets the tokens that it would get alone. Cancelling a task, or
/// leaving a stream early, ends its request and frees its memory. The model is released with the last reference.
public final class Runner: Sendable {
    /// What was loaded, and where.
    public let model: ModelInfo
    let engine: Engine
    let textModel: TextModel?
    /// How the model's makers recommend to sample from it.
    let defaults: GenerationDefaults
    /// Where an answer ends.
    let endTokens: Set<TokenID>
    /// Nil for a model without text.
    let constraints: ConstraintCompiler?

    /// Loads a model; nothing is downloaded.
    ///
    /// - Throws: `ZondaError`: `notFound` with every place that was searched, `unsupported` for an architecture or type
    ///   that Zonda lacks, `badFile` and its kin for damaged files, `outOfMemory` with the numbers.
    public init(which: Which, options: RunnerOptions = .default) async throws {
        let started = ContinuousClock.now
        let source = try ModelSource(which)
        textModel = source.text
        defaults = source.defaults
        endTokens = (source.text?.tokenizer.endTokens ?? []).union(source.defaults.eosTokens)
        let loader = EngineLoader(source: source, which: which, options: options, started: started)
        (engine, model) = try await Engine.start { () throws(ZondaError) in try loader.load() }
        let (endTokens, vocabularyCount) = (endTokens, model.vocabularyCount)
        constraints = textModel.map {
            ConstraintCompiler($0.tokenizer, endTokens: endTokens, vocabularyCount: vocabularyCount)
        }
    }

    /// The tokenizer and templates.
    ///
    /// - Throws: `badRequest` for a model that has none.
    var text: TextModel {
        get throws(ZondaError) {
            if let textModel { return textModel }
            throw ZondaError(
                .badRequest, "\(model.path) has no tokenizer", remedy: "send token ids instead of text")
        }
    }

    /// Ends all requests with `cancelled`, and releases the model; later requests fail likewise.
    public func shutDown() { engine.shutDown() }

    deinit { engine.shutDown() }
}

/// A loaded model in numbers.
public struct ModelInfo: Sendable, Hashable {
    /// The folder or file that it was loaded from.
    public var path: String
    /// The family's name: `qwen3`.
    public var architecture: String
    public var layerCount: Int
    public var vocabularyCount: Int
    /// Values of all weights.
    public var parameterCount: Int
    /// Bytes of all weights as they are held.
    public var weightByteCount: Int
    /// Those of them that stay in the file, as they do not fit in memory: read again at each use, which is slow.
    public var fileByteCount: Int
    /// Bytes that keys and values may take.
    public var kvByteCount: Int
    /// What was planned of the device's memory, and what its driver says was taken.
    public var memory: MemoryPlan
    /// Tokens of the longest request, prompt and answer.
    public var maxSequenceLength: Int
    public var maxBatchSize: Int
    /// "cpu: AMD EPYC (AVX2, 2 threads)".
    public var device: String
    /// Seconds from opening the files to being ready.
    public var loadTime: Double
    /// With `RunnerOptions.measuresLimits`: what speeds are held against.
    package var limits: SpeedLimits?
}
