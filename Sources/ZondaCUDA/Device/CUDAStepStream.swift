import CZondaKernels
import ZondaCore
import ZondaDevice

/// Records a step as a list of launches, captures it as a graph when it comes again, and replays that.
///
/// `submit` returns before anything of the step has run: tokens stay on the device for the next one, and the host waits
/// in `samples(of:)` and `read` only, or where it must sample a row itself (docs/cuda.md).
///
/// Not `Sendable`: used by the device's own thread.
final class CUDAStepStream: ProfiledStream {
    var profiler: StepProfiler?
    private let device: CUDADevice
    private let limits: StepLimits
    private let stream: CUDAStream
    private let buffers: StepBuffers
    private let sampler: StepSampler
    private var recordings = StepRecordings()
    /// Shared by all recordings, as large as the plan says that the largest step needs. A stream that nobody planned
    /// begins without and lets it grow: recordings are then dropped and made again, so that there is never a second one.
    private var scratch: DeviceMemory?
    private var inputs = StepInputs()
    private var submissionCount = 0
    private lazy var timer = LaunchTimer(device.library, in: device.context)

    init(_ device: CUDADevice, limits: StepLimits) throws(ZondaError) {
        self.device = device
        self.limits = limits
        stream = try CUDAStream(in: device.context)
        buffers = StepBuffers(limits: limits, in: device.context) { [unowned device] (byteCount) throws(ZondaError) in
            try device.allocate(byteCount: byteCount)
        }
        sampler = try StepSampler(device, slots: limits.slots, vocabulary: limits.vocabularyCount)
        guard limits.scratchByteCount > 0 else { return }
        scratch = try device.allocate(byteCount: limits.scratchByteCount)
        try buffers.reserve(for: inputs) {}
    }

    func update(_ inputs: StepInputs) throws(ZondaError) { self.inputs = inputs }

    @discardableResult
    func submit(
        _ key: StepKey, _ body: (any Encoder) throws(ZondaError) -> Void
    ) throws(ZondaError) -> Submission {
        try buffers.reserve(for: inputs) { () throws(ZondaError) in try stream.synchronize() }
        if recordings.generation != buffers.generation { recordings.removeAll(generation: buffers.generation) }
        let shape = key.phase == .sample ? try sampler.shape(of: inputs.samples) : nil
        let name = RecordingKey(step: key, sampling: shape)
        let recording = if let known = recordings.find(name) { known } else { try record(name, body) }
        submissionCount += 1
        let submission = Submission(index: submissionCount)
        try recording.bounds.check(inputs)
        guard inputs.spans.count <= limits.slots else {
            throw ZondaError(
                .internalFault, "a step of \(inputs.spans.count) sequences, \(limits.slots) were planned for",
                remedy: "report this: the step plan and the stream disagree")
        }
        guard let shape else {
            try buffers.store(inputs, tokens: try sampler.tokens(of: inputs), on: stream)
            try run(recording, name)
            return submission
        }
        guard let logits = recording.sampledLogits else {
            throw ZondaError(.internalFault, "a sampling phase without an operation that samples")
        }
        try sampler.prepare(vocabulary: logits.columns, on: stream)
        try buffers.storeSamples(inputs, on: stream)
        try run(recording, name)
        try sampler.collect(submission, inputs.samples, shape, logits: try TensorAddress(logits), on: stream)
        return submission
    }

    private func record(
        _ key: RecordingKey, _ body: (any Encoder) throws(ZondaError) -> Void
    ) throws(ZondaError) -> StepRecording {
        let list = OperationList(info: device.info)
        try body(list)
        var bounds = StepBounds(key.step, limits: limits)
        for operation in list.operations { bounds.include(operation) }
        let measured = try build(list.operations, DeviceScratch(), key.sampling)
        let block: DeviceMemory
        if let scratch, scratch.byteCount >= measured.scratch.byteCount {
            block = scratch
        } else {
            try stream.synchronize()
            recordings.removeAll(generation: buffers.generation)
            scratch = nil
            block = try device.allocate(byteCount: measured.scratch.byteCount)
            scratch = block
        }
        let encoder = try build(list.operations, DeviceScratch(over: block), key.sampling)
        sampler.limitSequences(to: encoder.longestSequence)
        try device.library.prepare(encoder.launches)
        let recording = StepRecording(
            bounds: bounds, launches: encoder.launches, sampledLogits: encoder.sampledLogits,
            owners: encoder.owners + [block])
        recordings.insert(recording, for: key)
        return recording
    }

    private func build(
        _ operations: [Operation], _ scratch: DeviceScratch, _ shape: SamplingShape?
    ) throws(ZondaError) -> CUDAEncoder {
        let encoder = CUDAEncoder(
            on: device, limits: limits, buffers: buffers, scratch: scratch, sampling: sampler.memory,
            samplingShape: shape)
        for operation in operations { try encoder.add(operation) }
        return encoder
    }

    /// The first time kernel by kernel, as a driver may load a kernel's code at its first launch, which no capture allows.
    private func run(_ recording: StepRecording, _ key: RecordingKey) throws(ZondaError) {
        if let profiler, profiler.isOn { return try profile(recording, key.step, profiler) }
        guard key.isReplayable, recording.runCount > 0 else {
            recording.runCount += 1
            return try launch(recording)
        }
        if recording.graph == nil {
            let graph = try capture(recording)
            recording.graph = consume graph
        }
        recording.runCount += 1
        try recording.replay(on: stream)
    }

    private func profile(
        _ recording: StepRecording, _ key: StepKey, _ profiler: StepProfiler
    ) throws(ZondaError) {
        recording.runCount += 1
        let seconds = try timer.time(recording.launches, on: stream)
        let lines = zip(recording.launches, seconds).map { StepProfiler.Line($0, seconds: $1, inputs) }
        profiler.add(lines, to: StepProfiler.Phase(inputs), isStep: key.phase == .forward)
    }

    private func capture(_ recording: StepRecording) throws(ZondaError) -> CUDAGraph {
        try stream.record { () throws(ZondaError) in try launch(recording) }
    }

    private func launch(_ recording: StepRecording) throws(ZondaError) {
        for launch in recording.launches {
            try device.library.function(launch.kernel).launch(launch.shape, on: stream, launch.arguments)
        }
    }

    func setSampler(
        slot: Int, _ parameters: SamplingParameters, prompt: [TokenID], generated: [TokenID]
    ) throws(ZondaError) {
        try sampler.set(slot: slot, parameters, prompt: prompt, generated: generated)
    }

    func setMask(slot: Int, _ mask: [UInt32]) throws(ZondaError) { try sampler.setMask(slot: slot, mask) }

    func samples(of submission: Submission) throws(ZondaError) -> [Result<Sample, ZondaError>] {
        try sampler.results(of: submission)
    }

    func read(_ tensor: Tensor) throws(ZondaError) -> [Float] {
        let view = try TensorAddress(tensor)
        var values = [Float](repeating: 0, count: view.rows * view.columns)
        let result = values.withUnsafeMutableBytes { bytes -> Result<Void, ZondaError> in
            do throws(ZondaError) {
                for row in 0..<view.rows {
                    let target = UnsafeMutableRawBufferPointer(
                        rebasing: bytes[row * view.columns * 4..<(row + 1) * view.columns * 4])
                    try download(view.address + UInt64(row * view.stride * 4), to: target)
                }
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
        try stream.synchronize()
        return values
    }

    // Not in the closure itself: Swift 6.3.1 crashes when it inlines one that borrows the stream.
    @inline(never)
    private func download(_ address: UInt64, to bytes: UnsafeMutableRawBufferPointer) throws(ZondaError) {
        try stream.copy(from: address, to: bytes)
    }
}
