public import ZondaCore
public import ZondaDevice

/// An NVIDIA GPU: weights packed for tensor cores, kernels compiled for the very GPU, steps replayed as graphs.
///
/// ```swift
/// let (driver, nvrtc, gpu) = try CUDASystem.discover().select(0)
/// let device = try CUDADevice(gpu, driver, nvrtc)
/// ```
/// Not `Sendable`: used by one thread, as any device.
public final class CUDADevice: Device {
    public let info: DeviceInfo
    let context: CUDAContext
    let isDeterministic: Bool
    let library: KernelLibrary
    /// What loads weights and values; steps have streams of their own.
    let loading: LoadingStream
    let tables: WeightTables

    /// - Parameters:
    ///   - cache: where compiled kernels are kept.
    ///   - isDeterministic: rows of prompts are computed as single rows are, so that a row's result depends on the row,
    ///     its context and the weights only; without, that holds for steps of up to 64 rows.
    ///   - report: what a person may want to see while kernels are compiled; called from several threads.
    /// - Throws: `unsupported` for a GPU that the compiler does not know, `outOfMemory` when it is full.
    public init(
        _ gpu: GPU, _ driver: CUDADriver, _ nvrtc: NVRTC, cache: KernelCache = KernelCache(),
        isDeterministic: Bool = false,
        report: @escaping @Sendable (KernelBuilder.Event) -> Void = { _ in }
    ) throws(ZondaError) {
        self.isDeterministic = isDeterministic
        context = try CUDAContext(gpu, driver)
        let architecture = try KernelArchitecture(for: gpu.capability, supported: nvrtc.architectures)
        library = KernelLibrary(
            KernelBuilder(KernelCompiler(nvrtc, for: architecture), cache: cache), in: context, report: report)
        loading = try LoadingStream(in: context)
        tables = WeightTables(loading, in: context)
        // Asked last: the context itself and what loads weights are no longer free.
        let memory = try context.memory()
        info = DeviceInfo(
            id: gpu.id, description: "\(gpu.name) (\(architecture), CUDA \(driver.version))",
            memoryByteCount: memory.free, totalByteCount: memory.total, usableShare: 0.9, kvShare: 1,
            keepsWeights: false, fusions: .all, kvTypes: [.f16, .bf16, .fp8, .f32], lookahead: 1)
    }

    /// Nothing is in flight afterwards that uses what was allocated before, so zeros come first.
    public func allocate(byteCount: Int) throws(ZondaError) -> DeviceMemory {
        let memory = try DeviceMemory.allocate(byteCount: byteCount, for: "an allocation", in: context)
        try loading.zero(memory)
        return memory
    }

    public func upload(_ values: [Float], to tensor: Tensor) throws(ZondaError) {
        let view = try TensorAddress(tensor)
        guard values.count == tensor.rows * tensor.columns else {
            throw ZondaError(
                .internalFault, "\(values.count) values uploaded to a tensor \(tensor.shape)", remedy: "report this")
        }
        try loading.upload(values, to: view)
    }

    public func pageByteCount(of spec: KVSpec) throws(ZondaError) -> Int { try spec.cacheShape.pageByteCount }

    public func makeStream(limits: StepLimits) throws(ZondaError) -> any Stream {
        try CUDAStepStream(self, limits: limits)
    }
}
