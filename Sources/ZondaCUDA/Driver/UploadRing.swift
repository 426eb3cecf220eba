import ZondaCore

/// Pinned memory through which values go to the GPU behind what was submitted, without the host waiting: a few parts that
/// are filled one after the other, each written again only when all copies from it have been made.
///
/// Not `Sendable`: owned by one stream, the same for every call.
final class UploadRing {
    private let context: CUDAContext
    private var parts: [Part] = []
    private var current = 0
    private var partByteCount = 0

    private static let partCount = 4
    private static let smallestPart = 64 << 10

    private final class Part {
        let pinned: PinnedBuffer
        /// Behind the last copy from it, once it is full.
        let isCopied: CUDAEvent
        var used = 0

        init(byteCount: Int, in context: CUDAContext) throws(ZondaError) {
            pinned = try PinnedBuffer(byteCount: byteCount, in: context)
            isCopied = try CUDAEvent(in: context)
        }
    }

    /// Pinned bytes from the start.
    static let pinnedByteCount = partCount * smallestPart

    init(in context: CUDAContext) throws(ZondaError) {
        self.context = context
        try makeParts(byteCount: Self.smallestPart)
    }

    /// Submits a copy of `values`, which may change as soon as this returns.
    func upload<Value: BitwiseCopyable>(
        _ values: [Value], to address: UInt64, on stream: borrowing CUDAStream
    ) throws(ZondaError) {
        let bytes = try room(byteCount: values.count * MemoryLayout<Value>.stride, on: stream)
        values.withUnsafeBytes { bytes.copyMemory(from: $0) }
        try stream.copy(UnsafeRawBufferPointer(bytes), to: address)
    }

    private func room(
        byteCount: Int, on stream: borrowing CUDAStream
    ) throws(ZondaError) -> UnsafeMutableRawBufferPointer {
        if byteCount > partByteCount { try grow(toHold: byteCount, on: stream) }
        if parts[current].used + byteCount > partByteCount {
            try parts[current].isCopied.record(on: stream)
            current = (current + 1) % parts.count
            try parts[current].isCopied.finish()
            parts[current].used = 0
        }
        let part = parts[current]
        let start = part.used
        part.used = (start + byteCount + 15) / 16 * 16
        return UnsafeMutableRawBufferPointer(rebasing: part.pinned.bytes[start..<start + byteCount])
    }

    /// Rare: parts only ever grow.
    private func grow(toHold byteCount: Int, on stream: borrowing CUDAStream) throws(ZondaError) {
        try stream.synchronize()
        var size = partByteCount
        while size < byteCount { size *= 2 }
        try makeParts(byteCount: size)
    }

    private func makeParts(byteCount size: Int) throws(ZondaError) {
        // All or nothing: who catches that memory is short goes on with the parts that there were.
        var made: [Part] = []
        for _ in 0..<Self.partCount { made.append(try Part(byteCount: size, in: context)) }
        (parts, current, partByteCount) = (made, 0, size)
    }
}
