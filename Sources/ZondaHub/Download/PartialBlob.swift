import Glibc
import NIOCore
import ZondaCore

/// A blob while it comes: its bytes from the first on, in a file and in a checksum.
///
/// Only its end grows, so that whatever ends the process leaves a beginning that can be gone on from.
struct PartialBlob: ~Copyable {
    let file: HubFile
    private let path: String
    private let descriptor: Int32
    private var hash: BlobHash
    /// Bytes that are there.
    private(set) var byteCount = 0
    /// Those of them that were there when it was opened.
    private(set) var keptByteCount = 0

    private static let readByteCount = 1 << 20

    /// Opens what there is of the file, and sums it up. The caller holds the blob's lock.
    init(_ file: HubFile, at path: String) throws(ZondaError) {
        self.file = file
        self.path = path
        hash = BlobHash(file)
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard descriptor >= 0 else { throw CacheFolder.failure("open", path) }
        try readBeginning()
        keptByteCount = byteCount
    }

    deinit { close(descriptor) }

    var isFull: Bool { byteCount == file.byteCount }

    private mutating func readBeginning() throws(ZondaError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.readByteCount, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            if Task.isCancelled { throw .downloadCancelled }
            let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(byteCount))
            guard count >= 0 || errno == EINTR else { throw CacheFolder.failure("read", path) }
            if count == 0 { return }
            guard count > 0 else { continue }
            // More than there should be: not ours.
            guard byteCount + count <= file.byteCount else { return try restart() }
            hash.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            byteCount += count
        }
    }

    /// Forgets all bytes.
    mutating func restart() throws(ZondaError) {
        guard ftruncate(descriptor, 0) == 0 else { throw CacheFolder.failure("truncate", path) }
        (byteCount, keptByteCount, hash) = (0, 0, BlobHash(file))
    }

    /// Adds bytes; there are as many to come at least.
    mutating func append(_ bytes: ByteBuffer) throws(ZondaError) {
        precondition(bytes.readableBytes <= file.byteCount - byteCount)
        var number: Int32 = 0
        let written = bytes.withUnsafeReadableBytes { bytes in
            var done = 0
            while done < bytes.count {
                let count = pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(byteCount + done))
                if count > 0 {
                    done += count
                } else if errno != EINTR {
                    number = errno
                    break
                }
            }
            hash.update(UnsafeRawBufferPointer(rebasing: bytes[..<done]))
            return done
        }
        byteCount += written
        guard written == bytes.readableBytes else { throw CacheFolder.failure("write", path, number) }
    }

    /// The checksum of all bytes.
    var digest: String { hash.digest }

    /// Gives the file its name, once all bytes are there and right.
    func publish(as blob: String) throws(ZondaError) {
        guard rename(path, blob) == 0 else { throw CacheFolder.failure("rename", path) }
    }
}
