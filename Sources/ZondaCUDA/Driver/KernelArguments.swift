/// The values of a kernel's parameters, in order, as the driver wants them: a copy of each and where it lies.
///
/// ```swift
/// KernelArguments(output.address, input.address, Int32(count))
/// ```
/// Types must be those of the kernel, to the byte: `UInt64` for a pointer, `Int32` for an int, a C struct for itself.
/// Nothing checks that; a wrong one is read as something else.
public struct KernelArguments: Sendable {
    private(set) var bytes: [UInt8] = []
    private(set) var offsets: [Int] = []
    /// Tensor maps need it; nothing needs more.
    static let alignment = 64

    public init<each Value: BitwiseCopyable>(_ values: repeat each Value) {
        for value in repeat each values { append(value) }
    }

    /// Adds the next parameter.
    public mutating func append<Value: BitwiseCopyable>(_ value: Value) {
        let alignment = MemoryLayout<Value>.alignment
        let offset = (bytes.count + alignment - 1) / alignment * alignment
        bytes += repeatElement(0, count: offset - bytes.count)
        offsets.append(offset)
        withUnsafeBytes(of: value) { bytes += $0 }
    }

    /// Calls `body` with pointers to the values, which are gone when it returns.
    func withPointers<Result>(_ body: (UnsafeMutablePointer<UnsafeMutableRawPointer?>?) -> Result) -> Result {
        withUnsafeTemporaryAllocation(byteCount: max(bytes.count, 1), alignment: Self.alignment) { copy in
            copy.copyBytes(from: bytes)
            return withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer?.self, capacity: offsets.count + 1) {
                pointers in
                for (index, offset) in offsets.enumerated() {
                    pointers.initializeElement(at: index, to: copy.baseAddress.map { $0 + offset })
                }
                return body(pointers.baseAddress)
            }
        }
    }
}
