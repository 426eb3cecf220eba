import ZondaCore
import ZondaDevice

/// The launches of one step over arguments at fixed addresses, and their graph once there is one.
///
/// Not `Sendable`: owned by one stream. It keeps alive the memory that its launches use.
final class StepRecording {
    let bounds: StepBounds
    let launches: [KernelLaunch]
    /// Of a phase that samples.
    let sampledLogits: Tensor?
    private let owners: [AnyObject]
    var graph: CUDAGraph?
    var runCount = 0

    init(bounds: StepBounds, launches: [KernelLaunch], sampledLogits: Tensor?, owners: [AnyObject]) {
        self.bounds = bounds
        self.launches = launches
        self.sampledLogits = sampledLogits
        self.owners = owners
    }

    func replay(on stream: borrowing CUDAStream) throws(ZondaError) {
        try graph?.launch(on: stream)
    }
}

/// Names a recording of a stream.
struct RecordingKey: Hashable {
    var step: StepKey
    /// Of a phase that samples.
    var sampling: SamplingShape?

    /// Steps of more rows are launched kernel by kernel: their kernels take longer than launching them.
    private static let graphRows = 64

    var isReplayable: Bool { (sampling?.rowCount ?? step.rows) <= Self.graphRows }
}

/// The recordings that were used last, all over the same generation of buffers: so many of each kind, as a graph takes
/// memory of the host and of the GPU, and as one kind must not drive out another.
struct StepRecordings {
    private var shelves: [Kind: Shelf] = [:]
    private(set) var generation = 0

    enum Kind: Hashable {
        /// Forward passes as graphs.
        case replayed
        /// Forward passes of many rows, without.
        case launched
        case sampling

        init(_ key: RecordingKey) {
            self = key.sampling != nil ? .sampling : key.isReplayable ? .replayed : .launched
        }

        var capacity: Int {
            switch self {
            case .replayed: 96
            case .launched: 32
            case .sampling: 96
            }
        }
    }

    private struct Shelf {
        var entries: [RecordingKey: (recording: StepRecording, lastUse: Int)] = [:]
        var clock = 0
    }

    mutating func find(_ key: RecordingKey) -> StepRecording? {
        guard var entry = shelves[Kind(key)]?.entries[key] else { return nil }
        shelves[Kind(key)]?.clock += 1
        entry.lastUse = shelves[Kind(key)]?.clock ?? 0
        shelves[Kind(key)]?.entries[key] = entry
        return entry.recording
    }

    mutating func insert(_ recording: StepRecording, for key: RecordingKey) {
        let kind = Kind(key)
        var shelf = shelves.removeValue(forKey: kind) ?? Shelf()
        if shelf.entries.count >= kind.capacity,
            let oldest = shelf.entries.min(by: { $0.value.lastUse < $1.value.lastUse })
        {
            shelf.entries[oldest.key] = nil
        }
        shelf.clock += 1
        shelf.entries[key] = (recording, shelf.clock)
        shelves[kind] = shelf
    }

    mutating func removeAll(generation: Int) {
        shelves = [:]
        self.generation = generation
    }
}
