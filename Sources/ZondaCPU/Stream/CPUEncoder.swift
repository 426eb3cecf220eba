import CZondaSIMD
import ZondaCore
import ZondaDevice

/// Turns operations into jobs of one recording. One file per operation: `CPUEncoder+Linear.swift` and so on.
///
/// Each adds its jobs with blocks of plain values; the functions that run later see nothing but those.
final class CPUEncoder: OperationVisitor {
    let kernels: UnsafePointer<zonda_kernels>
    let threadCount: Int
    let compute: ComputeType
    let memory: StepMemory
    let samplers: SlotSamplers
    let recording: Recording
    var scratch: ScratchPlan
    /// The work lists of attention so far: layers of equal heads and windows share one.
    var attentionPlans: [AttentionPlan.Key: AttentionPlan] = [:]

    init(
        kernels: UnsafePointer<zonda_kernels>, threadCount: Int, compute: ComputeType, memory: StepMemory,
        samplers: SlotSamplers, recording: Recording, scratch: ScratchPlan
    ) {
        self.kernels = kernels
        self.threadCount = threadCount
        self.compute = compute
        self.memory = memory
        self.samplers = samplers
        self.recording = recording
        self.scratch = scratch
    }

    func add(_ operation: Operation) throws(ZondaError) {
        scratch.restart()
        try visit(operation)
        recording.endPart(operation)
    }

    /// The rows of a tensor that the recording keeps alive.
    func view(_ tensor: Tensor) throws(ZondaError) -> RowView {
        recording.retain(tensor.memory)
        return try RowView(tensor)
    }

    func vector(_ tensor: Tensor?) throws(ZondaError) -> UnsafePointer<Float>? {
        guard let tensor else { return nil }
        return UnsafePointer(try view(tensor).base)
    }

    /// A weight for the kernels.
    func weight(_ weight: PackedWeight) throws(ZondaError) -> zonda_weight {
        recording.retain(weight.memory)
        guard let type = weight.layout.dtype.kernelType else {
            throw ZondaError(.unsupported, "\(weight.name): weights of type \(weight.layout.dtype.rawValue)")
        }
        let address = UnsafeRawPointer(bitPattern: weight.memory.address)
        return switch weight.storage {
        case .packed: zonda_weight(type, rows: weight.rows, columns: weight.columns, packed: address)
        case .file:
            zonda_weight(
                type, rows: weight.rows, columns: weight.columns, fileRows: address,
                stride: weight.memory.byteCount / weight.rows)
        }
    }
}
