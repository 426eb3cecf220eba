import ZondaCPU

/// The machine as Zonda sees it.
public struct MachineInfo: Sendable, Hashable {
    /// The maker's name of the processor.
    public var processor: String
    /// What kernels can run, slowest first.
    public var instructionSets: [String]
    /// Threads that a runner takes by default.
    public var threadCount: Int
    public var memoryByteCount: Int
    /// What processes can still take without swapping.
    public var availableByteCount: Int

    public static var current: MachineInfo {
        MachineInfo(
            processor: HostInfo.processorName, instructionSets: InstructionSet.supported.map(\.rawValue),
            threadCount: HostInfo.threadCount, memoryByteCount: HostInfo.memoryByteCount,
            availableByteCount: HostInfo.availableByteCount)
    }
}

/// The version of this library and command.
public let zondaVersion = "0.1.0"
