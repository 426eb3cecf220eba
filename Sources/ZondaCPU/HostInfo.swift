import CZondaSIMD

/// The machine as it is, before any device is made.
public enum HostInfo {
    public static var processorName: String { ProcessorName.current }
    /// Physical cores within the process' affinity and CPU quota.
    public static var threadCount: Int { Int(zonda_available_threads()) }
    /// Bytes that can be allocated without swapping.
    public static var availableByteCount: Int { HostMemory.availableByteCount() }
    public static var memoryByteCount: Int { HostMemory.totalByteCount() }
}
