public import ZondaCore

/// Hardware that holds weights and KV pages and runs operations.
///
/// Not `Sendable`: every call is made on the device's own worker thread, never on Swift's pool.
public protocol Device: AnyObject {
    var info: DeviceInfo { get }

    /// How this device would store a weight, in exact bytes, or an error if it can't multiply by that type.
    func layout(of weight: WeightSpec) throws(ZondaError) -> PackedLayout

    /// Packs a weight, tile by tile, discarding source rows behind.
    func pack(_ weight: WeightSpec, from source: any TileSource) throws(ZondaError) -> PackedWeight

    /// Uses a weight where its source has it, for weights that would not fit once packed: slower, and no memory of its own.
    /// Packs it where that can't be done.
    func keep(_ weight: WeightSpec, from source: any TileSource) throws(ZondaError) -> PackedWeight

    /// Zeroed memory at an address that will not change.
    func allocate(byteCount: Int) throws(ZondaError) -> DeviceMemory

    /// Copies values that the host computed (norms, biases, rope tables) into device memory, float32 [rows, columns].
    func upload(_ values: [Float], to tensor: Tensor) throws(ZondaError)

    /// Bytes that one page of one layer takes, or an error for a KV type or head size that the device lacks.
    func pageByteCount(of spec: KVSpec) throws(ZondaError) -> Int

    /// What an allocation takes of the device's memory, which its allocator hands out in blocks.
    func allocatedByteCount(_ byteCount: Int) -> Int

    /// Bytes of the device's memory that can still be taken, as its driver counts them; nil where nobody counts.
    func freeByteCount() throws(ZondaError) -> Int?

    /// What a stream takes for steps within `limits`, beside the tensors that its operations name.
    ///
    /// - Parameter step: records the step of a key. Nothing runs: its tensors and weights need no memory behind them.
    func streamMemory(limits: StepLimits, step: StepRecorder) throws(ZondaError) -> StreamMemory

    /// An ordered queue of work. `limits` size the scratch once: nothing is allocated in a step.
    func makeStream(limits: StepLimits) throws(ZondaError) -> any Stream
}

/// Records the step of a key.
public typealias StepRecorder = (_ key: StepKey, _ encoder: any Encoder) throws(ZondaError) -> Void

extension Device {
    public func allocatedByteCount(_ byteCount: Int) -> Int { byteCount }

    public func freeByteCount() throws(ZondaError) -> Int? { nil }

    public func keep(_ weight: WeightSpec, from source: any TileSource) throws(ZondaError) -> PackedWeight {
        try pack(weight, from: source)
    }
}

/// The largest step that a stream will see.
public struct StepLimits: Sendable {
    public var rows: Int
    /// Sequences at a time.
    public var slots: Int
    public var compute: ComputeType
    /// Rows whose logits are wanted.
    public var logitRows: Int
    /// Logits of a row; 0 where nobody planned.
    public var vocabularyCount = 0
    /// Entries of the page tables of all sequences together, per page group; empty where nobody planned.
    public var tableEntryCounts: [Int] = []
    /// Bytes of scratch of the largest step, as `streamMemory` measured them; 0 where nobody planned.
    public var scratchByteCount = 0

    public init(rows: Int, slots: Int, compute: ComputeType) {
        self.rows = rows
        self.slots = slots
        self.compute = compute
        logitRows = rows
    }
}

/// Names a recording: two submissions with equal keys do the same operations on the same tensors.
public struct StepKey: Hashable, Sendable {
    public enum Phase: Hashable, Sendable { case forward, head, hiddenStates, sample }
    public var phase: Phase
    public var rows: Int
    public var logitRows: Int

    public init(_ phase: Phase, rows: Int, logitRows: Int) {
        self.phase = phase
        self.rows = rows
        self.logitRows = logitRows
    }
}

/// Names one call of `submit`.
public struct Submission: Hashable, Sendable {
    public let index: Int

    public init(index: Int) { self.index = index }
}

/// Work that runs in order. What was submitted may run later: read results only through the stream.
///
/// A decode step that runs ahead of the host: `update`, submit the forward pass, `setMask` for slots that have a grammar
/// (it needs the host's view of the token before), submit the sampling, and only then read `samples(of:)` of the step
/// before.
public protocol Stream: AnyObject {
    /// The inputs of the submissions that follow.
    func update(_ inputs: StepInputs) throws(ZondaError)

    /// Records `body` the first time a key is seen, and runs it; later submissions may replay the recording.
    @discardableResult
    func submit(_ key: StepKey, _ body: (any Encoder) throws(ZondaError) -> Void) throws(ZondaError) -> Submission

    /// A sequence takes a slot, or comes back to one: what samples its tokens in the submissions that follow.
    ///
    /// The stream adds each token it samples to `generated`; call this again only when the slot changes hands or when
    /// sampled tokens were dropped.
    /// - Throws: `badRequest` for illegal parameters.
    func setSampler(
        slot: Int, _ parameters: SamplingParameters, prompt: [TokenID], generated: [TokenID]
    ) throws(ZondaError)

    /// The tokens that the next sample of a slot may be: one bit per token, lowest bit first, [vocabulary / 32, rounded
    /// up]. Holds for that one sample.
    func setMask(slot: Int, _ mask: [UInt32]) throws(ZondaError)

    /// Waits for a submission that sampled; the results are in the order of its `StepInputs.samples`. A row without a
    /// token to choose (every logit NaN) is an error of its own, and its slot's last sample is token 0.
    ///
    /// The results of the newest `SlotSamplers.keptCount` submissions that sampled are kept.
    func samples(of submission: Submission) throws(ZondaError) -> [Result<Sample, ZondaError>]

    /// Waits for what was submitted, then copies the values of a float32 tensor, row by row, without its gaps.
    func read(_ tensor: Tensor) throws(ZondaError) -> [Float]
}

/// Takes the operations of one recording, in order.
public protocol Encoder: AnyObject {
    var info: DeviceInfo { get }
    /// Adds one operation that is already lowered for this device.
    func record(_ operation: Operation) throws(ZondaError)
}

extension Encoder {
    /// Adds an operation, split into what this device claims.
    public func encode(_ operation: Operation) throws(ZondaError) {
        for part in try lower(operation, for: info.fusions) { try record(part) }
    }
}
