import CZondaSIMD
import ZondaCore
import ZondaDevice

/// Records a step as a list of jobs and replays it with one wake-up of the pool; a submission is done when it returns.
final class CPUStream: HostStream, ProfiledStream {
    private let device: CPUDevice
    var profiler: StepProfiler?
    private let limits: StepLimits
    private let memory: StepMemory
    let samplers: SlotSamplers
    private var recordings = RecordingCache(capacity: 64)
    /// Shared by all recordings. When it must grow they are dropped and made again, so that there is never a second one.
    private var scratch: DeviceMemory?
    private var inputs = StepInputs()
    private var submissionCount = 0

    init(_ device: CPUDevice, limits: StepLimits) {
        self.device = device
        self.limits = limits
        memory = StepMemory(limits: limits)
        samplers = SlotSamplers(slotCount: limits.slots, threadCount: device.pool.threadCount)
    }

    func update(_ inputs: StepInputs) throws(ZondaError) { self.inputs = inputs }

    func submit(
        _ key: StepKey, _ body: (any Encoder) throws(ZondaError) -> Void
    ) throws(ZondaError) -> Submission {
        var recording = recordings.find(key)
        if recording == nil {
            let new = try record(key, body)
            recordings.insert(new, for: key)
            recording = new
        }
        guard let recording else { throw ZondaError(.internalFault, "no recording of \(key)") }
        submissionCount += 1
        let submission = Submission(index: submissionCount)
        let timer = profiler.flatMap { $0.isOn ? StepTimer($0, key, inputs) : nil }
        switch key.phase {
        case .forward, .head, .hiddenStates:
            let tokens = try samplers.resolve(inputs)
            try recording.bounds.check(inputs)
            memory.store(inputs, tokens: tokens)
            try recording.prepare(for: memory)
            run(recording, timer)
        case .sample:
            try recording.bounds.check(inputs)
            memory.store(samples: inputs.samples)
            try samplers.begin(inputs.samples)
            run(recording, timer)
            samplers.end(submission)
        }
        timer?.finish()
        return submission
    }

    private func run(_ recording: Recording, _ timer: StepTimer?) {
        guard let timer else { return device.pool.run(recording.jobs) }
        timer.run(recording, on: device.pool)
    }

    private func record(
        _ key: StepKey, _ body: (any Encoder) throws(ZondaError) -> Void
    ) throws(ZondaError) -> Recording {
        let list = OperationList(info: device.info)
        try body(list)
        var bounds = StepBounds(key, limits: limits)
        for operation in list.operations { bounds.include(operation) }
        let measured = try build(
            list.operations, Recording(bounds: bounds), .measuring(threadCount: device.pool.threadCount))
        let needed = measured.scratch.byteCount
        let block: DeviceMemory
        if let scratch, scratch.byteCount >= needed {
            block = scratch
        } else {
            recordings.removeAll()
            scratch = nil
            block = try HostMemory.allocate(byteCount: needed, for: "scratch for a step of \(key.rows) rows")
            scratch = block
        }
        let plan = ScratchPlan(over: block, threadCount: device.pool.threadCount)
        let recording = try build(list.operations, Recording(bounds: bounds), plan).recording
        recording.retain(block)
        return recording
    }

    /// What the largest steps take; nothing is allocated for them.
    func memory(step: StepRecorder) throws(ZondaError) -> StreamMemory {
        var memory = StreamMemory()
        for key in limits.largestKeys(thresholds: Self.thresholds) {
            let list = OperationList(info: device.info)
            try step(key, list)
            let measured = try build(
                list.operations, Recording(bounds: StepBounds(key, limits: limits)),
                .measuring(threadCount: device.pool.threadCount))
            memory.scratchByteCount = max(memory.scratchByteCount, measured.scratch.byteCount)
        }
        return memory
    }

    /// Rows from which on kernels divide their work in another way.
    private static let thresholds = [1, 8, 64]

    private func build(
        _ operations: [Operation], _ recording: Recording, _ scratch: ScratchPlan
    ) throws(ZondaError) -> CPUEncoder {
        let encoder = CPUEncoder(
            kernels: device.kernels, threadCount: device.pool.threadCount, compute: limits.compute, memory: memory,
            samplers: samplers, recording: recording, scratch: scratch)
        for operation in operations { try encoder.add(operation) }
        return encoder
    }
}
