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

    /// Zeroed memory at an address that will not change.
    func allocate(byteCount: Int) throws(ZondaError) -> DeviceMemory

    /// Copies values that the host computed (norms, biases, rope tables) into device memory, float32 [rows, columns].
    func upload(_ values: [Float], to tensor: Tensor) throws(ZondaError)

    /// Bytes that one page of one layer takes, or an error for a KV type or head size that the device lacks.
    func pageByteCount(of spec: KVSpec) throws(ZondaError) -> Int

    /// An ordered queue of work. `limits` size the scratch once: nothing is allocated in a step.
    func makeStream(limits: StepLimits) throws(ZondaError) -> any Stream
}

/// The largest step that a stream will see.
public struct StepLimits: Sendable {
    public var rows: Int
    public var slots: Int
    public var compute: ComputeType

    public init(rows: Int, slots: Int, compute: ComputeType) {
        self.rows = rows
        self.slots = slots
        self.compute = compute
    }
}

/// Names a recording: two submissions with equal keys do the same operations on the same tensors.
public struct StepKey: Hashable, Sendable {
    public enum Phase: Hashable, Sendable { case forward, sample }
    public var phase: Phase
    public var rows: Int
    public var logitRows: Int

    public init(_ phase: Phase, rows: Int, logitRows: Int) {
        self.phase = phase
        self.rows = rows
        self.logitRows = logitRows
    }
}

/// Work that runs in order. What was submitted may run later: read results only through the stream.
public protocol Stream: AnyObject {
    /// The inputs of the submissions that follow.
    func update(_ inputs: StepInputs) throws(ZondaError)

    /// Records `body` the first time a key is seen, and runs it; later submissions may replay the recording.
    func submit(_ key: StepKey, _ body: (any Encoder) throws(ZondaError) -> Void) throws(ZondaError)

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
