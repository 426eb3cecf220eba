import CZondaCUDA
public import ZondaCore

/// Memory of the machine that the GPU copies from and to by itself, at the full speed of the bus; freed with the value.
///
/// Copies run later than they are submitted: what is written or freed here before the stream has come to them is what
/// they move. Keep the buffer until an event behind the copy is done.
public struct PinnedBuffer: ~Copyable, @unchecked Sendable {
    // @unchecked: only the pointer is not Sendable; who writes when is the owner's affair, as with any pointer.
    public let bytes: UnsafeMutableRawBufferPointer
    private let context: CUDAContext

    /// Takes memory, with whatever was in it.
    ///
    /// - Parameter isWriteOnly: faster for the host to fill and for the GPU to read, and very slow for the host to read.
    /// - Throws: `outOfMemory` when the system will not pin so much.
    public init(byteCount: Int, isWriteOnly: Bool = false, in context: CUDAContext) throws(ZondaError) {
        var pointer: UnsafeMutableRawPointer?
        let flags = isWriteOnly ? ZONDA_CU_HOST_WRITE_COMBINED.rawValue : 0
        try context.driver.check(
            context.driver.functions.cuMemHostAlloc(&pointer, max(byteCount, 1), flags), "cuMemHostAlloc",
            "pinning \(byteCount) bytes")
        guard let pointer else { throw context.driver.gaveNothing("cuMemHostAlloc") }
        bytes = UnsafeMutableRawBufferPointer(start: pointer, count: byteCount)
        self.context = context
    }

    deinit {
        let pointer = bytes.baseAddress
        context.release { driver in if let pointer { _ = driver.functions.cuMemFreeHost(pointer) } }
    }
}

/// Memory that is there already, such as a mapped file, pinned for as long as the value lives.
public struct PinnedRange: ~Copyable, @unchecked Sendable {
    // @unchecked: as for PinnedBuffer.
    private let base: UnsafeMutableRawPointer
    private let context: CUDAContext

    /// Pins the pages that hold `bytes`.
    ///
    /// - Parameter isReadOnly: the pages are mapped for reading, as those of a model's file are.
    /// - Throws: `deviceFailed` on a system that can't pin such pages: then copy through a `PinnedBuffer`.
    public init(
        _ bytes: UnsafeRawBufferPointer, isReadOnly: Bool, in context: CUDAContext
    ) throws(ZondaError) {
        guard let base = bytes.baseAddress else {
            throw ZondaError(.internalFault, "a range of no bytes was to be pinned")
        }
        let pages = UnsafeMutableRawPointer(mutating: base)
        let flags = ZONDA_CU_HOST_PORTABLE.rawValue | (isReadOnly ? ZONDA_CU_HOST_READ_ONLY.rawValue : 0)
        try context.driver.check(
            context.driver.functions.cuMemHostRegister(pages, bytes.count, flags), "cuMemHostRegister",
            "pinning \(bytes.count) bytes in place")
        self.base = pages
        self.context = context
    }

    deinit {
        let base = base
        context.release { _ = $0.functions.cuMemHostUnregister(base) }
    }
}
