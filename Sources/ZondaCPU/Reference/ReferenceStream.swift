import ZondaCore
import ZondaDevice

/// Runs every operation as it is recorded, with the inputs of the last update.
final class ReferenceStream: HostStream {
    private let info: DeviceInfo
    private let limits: StepLimits
    let samplers: SlotSamplers
    private var inputs = StepInputs()
    private var submissionCount = 0

    init(info: DeviceInfo, limits: StepLimits) {
        self.info = info
        self.limits = limits
        samplers = SlotSamplers(slotCount: limits.slots)
    }

    func update(_ inputs: StepInputs) throws(ZondaError) { self.inputs = inputs }

    func submit(
        _ key: StepKey, _ body: (any Encoder) throws(ZondaError) -> Void
    ) throws(ZondaError) -> Submission {
        submissionCount += 1
        let submission = Submission(index: submissionCount)
        var inputs = inputs
        if key.phase != .sample { inputs.tokens = try samplers.resolve(inputs) }
        try body(
            ReferenceEncoder(
                info: info, inputs: inputs, bounds: StepBounds(key, limits: limits), samplers: samplers,
                submission: submission))
        return submission
    }
}

/// Performs each operation at once. One file per operation: `ReferenceEncoder+Attention.swift` and so on.
final class ReferenceEncoder: Encoder, OperationVisitor {
    let info: DeviceInfo
    let inputs: StepInputs
    private var bounds: StepBounds
    private let samplers: SlotSamplers
    private let submission: Submission

    init(
        info: DeviceInfo, inputs: StepInputs, bounds: StepBounds, samplers: SlotSamplers, submission: Submission
    ) {
        self.info = info
        self.inputs = inputs
        self.bounds = bounds
        self.samplers = samplers
        self.submission = submission
    }

    func record(_ operation: Operation) throws(ZondaError) {
        bounds.include(operation)
        try bounds.check(inputs)
        try visit(operation)
    }

    /// A lowered operation has none of the fields that this device does not claim.
    func requireLowered(_ condition: Bool, _ name: String) throws(ZondaError) {
        guard condition else {
            throw ZondaError(
                .internalFault, "\(name) was recorded with a fusion that the device does not claim",
                remedy: "report this")
        }
    }

    func sample(_ op: SampleOp) throws(ZondaError) {
        let logits = try RowView(op.logits)
        try samplers.begin(inputs.samples)
        for (index, row) in inputs.samples.enumerated() {
            samplers.sample(index, logits: UnsafeBufferPointer(logits[Int(row.logitRow)]).span, thread: 0)
        }
        samplers.end(submission)
    }
}
