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

/// The recordings that were used last, all over the same generation of buffers.
struct StepRecordings {
    private var entries: [StepKey: (recording: StepRecording, lastUse: Int)] = [:]
    private var clock = 0
    private let capacity: Int
    private(set) var generation = 0

    init(capacity: Int) { self.capacity = capacity }

    mutating func find(_ key: StepKey) -> StepRecording? {
        guard let entry = entries[key] else { return nil }
        clock += 1
        entries[key]?.lastUse = clock
        return entry.recording
    }

    mutating func insert(_ recording: StepRecording, for key: StepKey) {
        if entries.count >= capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            entries[oldest.key] = nil
        }
        clock += 1
        entries[key] = (recording, clock)
    }

    mutating func removeAll(generation: Int) {
        entries = [:]
        self.generation = generation
    }
}
