import CZondaSIMD
public import ZondaCore
public import ZondaDevice

/// The processor: packed weights and vector kernels, on a pool of threads of its own.
///
/// A row's result depends on the row, its context and the weights only, bit for bit on one instruction set, whatever the
/// batch, the chunks and the number of threads.
///
/// ```swift
/// let device = try CPUDevice(threads: 2, instructionSet: .avx2)
/// ```
///
/// Not `Sendable`: used by one thread, as any device.
public final class CPUDevice: Device {
    public let info: DeviceInfo
    public let instructionSet: InstructionSet
    let kernels: UnsafePointer<zonda_kernels>
    let pool: ThreadPool

    /// - Parameters:
    ///   - threads: nil is the physical cores that this process may use, within its CPU quota.
    ///   - instructionSet: nil is the fastest of this machine.
    /// - Throws: `noDevice` when the machine lacks the instruction set; `badRequest` for a number of threads that can't be;
    ///   `outOfMemory` when threads can't be started.
    public init(threads: Int? = nil, instructionSet: InstructionSet? = nil) throws(ZondaError) {
        let chosen = instructionSet ?? InstructionSet.supported.last ?? .portable
        self.instructionSet = chosen
        kernels = try chosen.kernels()
        pool = try ThreadPool(threadCount: threads ?? Int(zonda_available_threads()))
        let count = pool.threadCount == 1 ? "1 thread" : "\(pool.threadCount) threads"
        info = DeviceInfo(
            id: "cpu", description: "\(ProcessorName.current) (\(chosen.title), \(count))",
            memoryByteCount: HostMemory.availableByteCount(), totalByteCount: HostMemory.totalByteCount(),
            usableShare: 0.9375, kvShare: 0.25, keepsWeights: true, fusions: .all, kvTypes: [.f16, .f32, .q8_0])
    }

    public func allocate(byteCount: Int) throws(ZondaError) -> DeviceMemory {
        try HostMemory.allocate(byteCount: byteCount, for: "an allocation", firstUse: .whileServing)
    }

    public func upload(_ values: [Float], to tensor: Tensor) throws(ZondaError) {
        try HostMemory.upload(values, to: tensor)
    }

    public func streamMemory(limits: StepLimits, step: StepRecorder) throws(ZondaError) -> StreamMemory {
        try CPUStream(self, limits: limits).memory(step: step)
    }

    public func makeStream(limits: StepLimits) throws(ZondaError) -> any Stream {
        CPUStream(self, limits: limits)
    }
}
