public import ZondaCore
package import ZondaDevice
package import ZondaFormats
public import ZondaHub

/// How a runner uses the machine; everything has a sane default.
public struct RunnerOptions: Sendable {
    /// What runs the model. `auto` is a GPU where one can be used, and else the CPU (it too where `instructionSet` is
    /// set); `cuda:N` is that GPU, or an error that says what is missing.
    public var device = DeviceChoice.auto
    /// A GPU computes each row in one way only, whatever else is in its step, so that answers do not depend on what runs
    /// beside them; slower for prompts. A CPU always does.
    public var isDeterministic = false
    /// A device that a test brings along, used in place of `device`.
    package var makeDevice: (@Sendable () throws(ZondaError) -> any Device)?
    /// The device measures what it can do before the model is loaded: `ModelInfo.limits`. Takes half a second.
    package var measuresLimits = false
    /// What sums the time of each part of a step while it is on.
    package var profiler: StepProfiler?
    /// Threads on the CPU; nil for one per physical core that the process may use.
    public var threads: Int?
    /// An instruction set below the best one that the CPU has: `avx2`, `avx512`, `neon`, `portable`.
    public var instructionSet: String?
    /// Bytes for packed weights; nil for what is available. Weights beyond that stay in their file and are packed again at
    /// each use: slow, but a model larger than memory runs. On a GPU all weights are packed, and a lower limit is an error.
    public var weightMemoryByteCount: Int?
    /// Bytes for keys and values; nil for what `maxBatchSize` sequences of `maxSequenceLength` need, within what weights
    /// and steps leave: on a GPU of 90 % of the memory that is free, on a CPU a quarter of it. More than fits on a GPU is
    /// an error before anything is loaded.
    public var kvByteCount: Int?
    /// How keys and values are stored: f16 or f32, q8_0 on a CPU, bf16 or fp8 on a GPU. fp8 takes half of f16's memory and
    /// costs some fidelity (docs/cuda.md).
    public var kvType: DType = .f16
    /// Activations and products in float32, for checking; slower.
    public var usesFloat32 = false
    /// Rows of a step: how much of a prompt is computed at once.
    public var maxTokensPerStep = 512
    /// How many times as long as usual those who wait for their next token wait at most, about, while prompts of others
    /// are computed: the prompts' rows of a step follow the time that steps were measured to take. More reads prompts
    /// faster and makes streams less even; infinite: prompts as fast as they go. Above 1. Where more requests wait for their
    /// first token than for the next one, it is that much more. Answers do not depend on it.
    public var maxTokenDelay = 2.0
    /// A test's own limit of a step's prompt rows, given the measured one.
    package var limitPromptRows: (@Sendable (Int) -> Int)?
    /// Steps planned before the tokens of earlier ones are read, 0 to 2; nil for what suits the device.
    public var lookahead: Int?
    /// Whether prompts that begin alike share their keys and values.
    public var prefixCaching = true
    /// A chat template, in Jinja, in place of the model's own.
    public var chatTemplate: String?
    /// A `tokenizer.json` or `tokenizer.model` in place of the model's own.
    public var tokenizerPath: String?
    /// Called while weights are loaded with bytes done and bytes in all, on the loading thread.
    public var onProgress: (@Sendable (Int, Int) -> Void)?
    /// Whether a model of the hub that is not on this machine is downloaded; `HF_HUB_OFFLINE` forbids it too.
    public var downloads = true
    /// Called while a model is downloaded, in order, on any thread; never when all of it is there.
    public var onDownload: (@Sendable (HubProgress) -> Void)?
    /// The hub that a test brings along, used in place of the environment's.
    package var hub: HubEnvironment?

    /// Called while a device is made ready with what a person may want to see, on any thread.
    public var onEvent: (@Sendable (String) -> Void)?

    /// Called with what the model will take of the device's memory, before anything is loaded, on the loading thread.
    public var onPlan: (@Sendable (MemoryPlan) -> Void)?

    public init() {}

    public static let `default` = RunnerOptions()
}
