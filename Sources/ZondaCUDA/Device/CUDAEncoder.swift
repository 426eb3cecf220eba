import CZondaKernels
import ZondaCore
import ZondaDevice

/// Turns operations into kernel launches of one recording. One file per operation: `CUDAEncoder+Linear.swift` and so on.
final class CUDAEncoder: OperationVisitor {
    let gpu: GPU
    let compute: ComputeType
    let isDeterministic: Bool
    /// Sequences at a time: no step has more spans.
    let mostSpans: Int
    let buffers: StepBuffers
    /// Nil while a plan is made, as is `sampling`.
    let tables: WeightTables?
    /// Addresses of experts that a plan came across, one list for each table.
    private(set) var plannedTables: Set<[UInt64]> = []
    var scratch: DeviceScratch
    private(set) var launches: [KernelLaunch] = []
    /// What the launches' addresses lie in.
    private(set) var owners: [AnyObject] = []
    var sampledLogits: Tensor?
    let sampling: SamplingMemory?
    /// Of a phase that samples.
    let samplingShape: SamplingShape?
    /// The work lists of attention so far: layers of equal heads and windows share one.
    var attentionPlans: [AttentionLists.Key: AttentionLists] = [:]
    /// Positions that rope tables reach: no sequence is longer.
    var longestSequence = Int.max

    /// - Parameter sampling: nil makes a plan: the launches are never made, and nothing is put on the device for them.
    init(
        on device: CUDADevice, limits: StepLimits, buffers: StepBuffers, scratch: DeviceScratch,
        sampling: SamplingMemory? = nil, samplingShape: SamplingShape? = nil
    ) {
        gpu = device.context.gpu
        isDeterministic = device.isDeterministic
        compute = limits.compute
        mostSpans = limits.slots
        tables = sampling == nil ? nil : device.tables
        self.sampling = sampling
        self.samplingShape = samplingShape
        self.buffers = buffers
        self.scratch = scratch
    }

    func add(_ operation: Operation) throws(ZondaError) {
        scratch.restart()
        try visit(operation)
    }

    /// Every kernel of a step waits for the one before by itself, so that it may begin early.
    func launch<Arguments: BitwiseCopyable>(
        _ file: String, _ expression: String, grid: LaunchShape.Extent, block: Int, shared: Int = 0,
        work: OperationWork = OperationWork(), product: KernelLaunch.Product? = nil, _ arguments: Arguments
    ) {
        let shape = LaunchShape(
            grid: grid, block: .init(block), sharedByteCount: shared, overlapsPrevious: !launches.isEmpty)
        launches.append(
            KernelLaunch(KernelName(file, expression), shape, work: work, product: product, arguments))
    }

    /// The place of a tensor that the recording keeps alive.
    func view(_ tensor: Tensor) throws(ZondaError) -> TensorAddress {
        owners.append(tensor.memory)
        return try TensorAddress(tensor)
    }

    /// The address of a table of addresses.
    func table(of addresses: [UInt64]) throws(ZondaError) -> UInt64 {
        guard let tables else {
            plannedTables.insert(addresses)
            return 0
        }
        let table = try tables.table(of: addresses)
        retain(table)
        return UInt64(table.address)
    }

    /// The address of a vector, 0 for none.
    func vector(_ tensor: Tensor?) throws(ZondaError) -> UInt64 {
        guard let tensor else { return 0 }
        return try view(tensor).address
    }

    func address(of weight: PackedWeight) -> UInt64 {
        owners.append(weight.memory)
        return UInt64(weight.memory.address)
    }

    func retain(_ owner: AnyObject) { owners.append(owner) }
}

extension Activation {
    /// As kernels number them.
    var kernelCode: Int32 {
        let kind =
            switch self {
            case .silu: ZONDA_ACTIVATION_SILU
            case .geluTanh: ZONDA_ACTIVATION_GELU_TANH
            case .gelu: ZONDA_ACTIVATION_GELU
            case .relu: ZONDA_ACTIVATION_RELU
            case .reluSquared: ZONDA_ACTIVATION_RELU_SQUARED
            }
        return Int32(kind.rawValue)
    }
}

/// The smallest number of pieces of `size` that hold `count`.
func pieces(_ count: Int, of size: Int) -> Int { (count + size - 1) / size }
