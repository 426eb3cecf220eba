import ZondaDevice

/// The recordings that were used last. Decoding needs one per batch size; prompts leave one behind for each chunk length.
struct RecordingCache {
    private var entries: [StepKey: (recording: Recording, lastUse: Int)] = [:]
    private var clock = 0
    private let capacity: Int

    init(capacity: Int) { self.capacity = capacity }

    mutating func find(_ key: StepKey) -> Recording? {
        guard let entry = entries[key] else { return nil }
        clock += 1
        entries[key] = (entry.recording, clock)
        return entry.recording
    }

    mutating func insert(_ recording: Recording, for key: StepKey) {
        if entries.count >= capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            entries[oldest.key] = nil
        }
        clock += 1
        entries[key] = (recording, clock)
    }

    mutating func removeAll() { entries = [:] }
}
