/// What a model takes of a device's memory: computed from headers, before anything is loaded.
///
/// ```swift
/// let plan = try Runner.plan(which: .plain(modelID: "model.gguf"))
/// print(plan.totalByteCount, "of", plan.availableByteCount)
/// ```
/// Bytes are those that the device's allocator gives away, in its blocks, for what was asked of it.
public struct MemoryPlan: Sendable, Hashable {
    /// The name by which a person chooses the device: `cuda:0`.
    public var deviceID: String
    /// What it is: "NVIDIA H100 80GB HBM3 (sm_90a, CUDA 13.0)".
    public var device: String
    /// All matrices, in the device's own layout.
    public var matrixByteCount: Int
    /// Those of them that stay in their file, as memory is short, and take none: about, as matrices stay whole.
    public var fileByteCount: Int
    /// Norms, biases, and rope tables up to `maxSequenceLength`.
    public var vectorByteCount: Int
    /// Pages of keys and values.
    public var kvByteCount: Int
    /// Tokens that those pages hold, of all sequences together, in the layers that keep the most.
    public var kvTokenCount: Int
    /// Tokens of the longest sequence, prompt and answer.
    public var maxSequenceLength: Int
    /// Sequences at a time.
    public var maxBatchSize: Int
    /// What steps read and write: the residual stream, queries, logits.
    public var activationByteCount: Int
    /// What kernels need besides, for the largest step.
    public var scratchByteCount: Int
    /// What is written before each step: tokens, page tables, what sampling goes by.
    public var inputByteCount: Int
    /// Memory of the host that is pinned for copies; not part of the total.
    public var pinnedByteCount: Int
    /// Free when the device was opened, with all that opening takes already taken.
    public var availableByteCount: Int
    /// All memory of the device. What is not available is held by other programs and by the driver.
    public var deviceByteCount: Int
    /// What the device's driver says that loading took; nil before, and where nobody counts.
    public var measuredByteCount: Int?

    public var weightByteCount: Int { matrixByteCount - fileByteCount + vectorByteCount }

    /// Of the device.
    public var totalByteCount: Int {
        weightByteCount + kvByteCount + activationByteCount + scratchByteCount + inputByteCount
    }

    /// How much more was taken than planned, as a share of the plan: 0.01 is 1 %.
    public var deviation: Double? {
        measuredByteCount.map { Double($0 - totalByteCount) / Double(max(totalByteCount, 1)) }
    }
}
