public import ZondaCore
package import ZondaDevice

/// How a runner uses the machine; everything has a sane default.
public struct RunnerOptions: Sendable {
    /// What runs the model. `auto` is the CPU until the GPU's kernels have run on a GPU; `cuda:N` is that GPU, or an error
    /// that says what is missing.
    public var device = DeviceChoice.auto
    /// A GPU computes each row in one way only, whatever else is in its step, so that answers do not depend on what runs
    /// beside them; slower for prompts. A CPU always does.
    public var isDeterministic = false
    /// A device that a test brings along, used in place of `device`.
    package var makeDevice: (@Sendable () throws(ZondaError) -> any Device)?
    /// Threads on the CPU; nil for one per physical core that the process may use.
    public var threads: Int?
    /// An instruction set below the best one that the CPU has: `avx2`, `avx512`, `neon`, `portable`.
    public var instructionSet: String?
    /// Bytes for packed weights; nil for what is available. Weights beyond that stay in their file and are packed again at
    /// each use: slow, but a model larger than memory runs.
    public var weightMemoryByteCount: Int?
    /// Bytes for keys and values; nil for what `maxBatchSize` sequences of `maxSequenceLength` need, within a quarter of
    /// the available memory.
    public var kvByteCount: Int?
    /// How keys and values are stored: f16, f32 or q8_0.
    public var kvType: DType = .f16
    /// Activations and products in float32, for checking; slower.
    public var usesFloat32 = false
    /// Rows of a step: how much of a prompt is computed at once.
    public var maxTokensPerStep = 512
    /// Steps planned before the tokens of earlier ones are read, 0 to 2; nil for what suits the device.
    public var lookahead: Int?
    /// Whether prompts that begin alike share their keys and values.
    public var prefixCaching = true
    /// Called while weights are loaded with bytes done and bytes in all, on the loading thread.
    public var onProgress: (@Sendable (Int, Int) -> Void)?

    /// Called while a device is made ready with what a person may want to see, on any thread.
    public var onEvent: (@Sendable (String) -> Void)?

    public init() {}

    public static let `default` = RunnerOptions()
}
