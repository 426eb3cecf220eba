import ZondaCore
import ZondaDevice
import ZondaScheduling

/// What keys and values get of a device's memory.
struct KVBudget {
    var pages: PageBudget
    /// The longest sequence that was asked for by name.
    let wantedLength: Int?
    let layers: [CacheLayer]
    let footprint: Footprint
    let device: any Device

    /// A sequence of this length has room, where the model goes so far and nobody says, before weights get theirs.
    private static let ordinaryLength = 4096
    /// A model that has no room for a sequence of this length is not worth loading.
    static let leastLength = 256

    /// Memory for everything, where nobody says.
    private var usableByteCount: Int { device.info.usableByteCount }

    /// Memory for everything where less would not do. A thirty-second is for kernels, graphs and the driver.
    private var mostByteCount: Int {
        let memory = device.info.memoryByteCount
        return device.info.keepsWeights ? usableByteCount : max(usableByteCount, memory - memory / 32)
    }

    /// What the device's blocks may add to the pages of all layers, each of which is an allocation of its own.
    private var slack: Int {
        let odd = (4 << 20) + 1
        return layers.count * (device.allocatedByteCount(odd) - odd)
    }

    /// - Parameter asked: bytes for keys and values; nil for what is left.
    /// - Throws: `outOfMemory` with `needed`, `available` and `device`, or for a length that was asked for by name with
    ///   `longest`.
    func groups(for scheduling: SchedulerConfiguration, asked: Int?) throws(ZondaError) -> [PageGroup] {
        let limit = if let asked { asked } else { try byteCount(for: scheduling) }
        var pages = pages
        pages.byteCount = limit
        let groups = try pages.groups(for: scheduling)
        if asked != nil, !device.info.keepsWeights {
            let taken = layers.allocatedByteCount(groups, on: device)
            guard footprint.byteCount + taken <= mostByteCount else { throw doesNotFit(keys: taken) }
        }
        var scheduling = scheduling
        scheduling.groups = groups
        guard let wantedLength, scheduling.longestSequence < wantedLength else { return groups }
        throw ZondaError(
            .outOfMemory,
            "keys and values of \(wantedLength) tokens do not fit in \(limit) bytes; \(scheduling.longestSequence) do",
            remedy: "lower max_seq_len, raise the KV budget or use a smaller KV type",
            facts: ["available": "\(limit)", "longest": "\(scheduling.longestSequence)"])
    }

    /// What keys and values get where nobody says: the device's share of what the rest leaves, if one sequence fits beside
    /// it. Where it does not, either weights stay in their file, and keys and values need no more than that sequence; or,
    /// on a device that can't do so, the last of the memory goes to a shorter one.
    private func byteCount(for scheduling: SchedulerConfiguration) throws(ZondaError) -> Int {
        let info = device.info
        let full = scheduling.maxSequenceLength
        let sequence = try pages.byteCount(
            ofSequence: wantedLength ?? min(full, Self.ordinaryLength), for: scheduling)
        let left = usableByteCount - footprint.byteCount - slack
        if left >= sequence { return max(sequence, Int(Double(left) * info.kvShare)) }
        if info.keepsWeights { return min(max(sequence, usableByteCount / 16), usableByteCount / 2) }
        let least = try pages.byteCount(ofSequence: wantedLength ?? min(full, Self.leastLength), for: scheduling)
        let most = mostByteCount - footprint.byteCount - slack
        guard most >= least else { throw doesNotFit(keys: least + slack) }
        return min(sequence, most)
    }

    private func doesNotFit(keys: Int) -> ZondaError {
        let needed = footprint.byteCount + keys
        let weights = footprint.matrixByteCount + footprint.vectorByteCount
        let info = device.info
        func size(_ byteCount: Int) -> String { "\((byteCount + (1 << 20) - 1) >> 20) MiB" }
        return ZondaError(
            .outOfMemory,
            "the model needs \(size(needed)) on \(info.id) (weights \(size(weights)), steps "
                + "\(size(footprint.stepByteCount)), keys and values \(size(keys))), and \(mostByteCount >> 20) MiB can "
                + "be taken: \(info.memoryByteCount >> 20) of \(info.totalByteCount >> 20) MiB are free",
            remedy:
                "choose a smaller weight type, lower max_seq_len (`--max-seq-len`), the batch (`--max-batch-size`) or "
                + "the memory for keys and values (`--kv-memory`), or run on the CPU (`--device cpu`)",
            facts: ["needed": "\(needed)", "available": "\(mostByteCount)", "device": info.id])
    }
}

extension DeviceInfo {
    /// Memory for everything, where nobody says: on a CPU a sixteenth is left to the rest of the process and to the pages of
    /// weights that stay in their file.
    var usableByteCount: Int { Int(Double(memoryByteCount) * usableShare) }
}
