/// A range of one device's memory that never moves: an address, a size, and what frees it.
///
/// `Sendable` because it is immutable itself; the bytes behind `address` are read and written only by the device's own
/// stream, or by the host before the first submission and after a synchronisation.
public final class DeviceMemory: Sendable {
    /// An address in the device's own address space; on a CPU, a pointer.
    public let address: UInt
    public let byteCount: Int
    private let release: @Sendable (UInt) -> Void

    public init(address: UInt, byteCount: Int, release: @escaping @Sendable (UInt) -> Void) {
        self.address = address
        self.byteCount = byteCount
        self.release = release
    }

    deinit { release(address) }
}
