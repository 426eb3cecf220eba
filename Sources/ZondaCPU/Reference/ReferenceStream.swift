import ZondaCore
import ZondaDevice

/// Runs every operation as it is recorded, with the inputs of the last update.
final class ReferenceStream: Stream {
    private let info: DeviceInfo
    private let limits: StepLimits
    private var inputs = StepInputs()

    init(info: DeviceInfo, limits: StepLimits) {
        self.info = info
        self.limits = limits
    }

    func update(_ inputs: StepInputs) throws(ZondaError) { self.inputs = inputs }

    func submit(_ key: StepKey, _ body: (any Encoder) throws(ZondaError) -> Void) throws(ZondaError) {
        try body(ReferenceEncoder(info: info, inputs: inputs, bounds: StepBounds(key, limits: limits)))
    }

    func read(_ tensor: Tensor) throws(ZondaError) -> [Float] { try HostMemory.read(tensor) }
}

/// Performs each operation at once. One file per operation: `ReferenceEncoder+Attention.swift` and so on.
final class ReferenceEncoder: Encoder {
    let info: DeviceInfo
    let inputs: StepInputs
    private var bounds: StepBounds

    init(info: DeviceInfo, inputs: StepInputs, bounds: StepBounds) {
        self.info = info
        self.inputs = inputs
        self.bounds = bounds
    }

    func record(_ operation: Operation) throws(ZondaError) {
        bounds.include(operation)
        try bounds.check(inputs)
        switch operation {
        case .embed(let op): try embed(op)
        case .norm(let op): try norm(op)
        case .linear(let op): try linear(op)
        case .ropeStore(let op): try ropeStore(op)
        case .attention(let op): try attention(op)
        case .experts(let op): try experts(op)
        case .combine(let op): try combine(op)
        case .gather(let op): try gather(op)
        case .sample:
            throw ZondaError(
                .unsupported, "the device has no sampler", remedy: "read the logits and sample on the host")
        }
    }

    /// A lowered operation has none of the fields that this device does not claim.
    func requireLowered(_ condition: Bool, _ name: String) throws(ZondaError) {
        guard condition else {
            throw ZondaError(
                .internalFault, "\(name) was recorded with a fusion that the device does not claim",
                remedy: "report this")
        }
    }
}
