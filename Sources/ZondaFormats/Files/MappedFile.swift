import Glibc
public import ZondaCore

/// A file mapped into memory, read-only.
///
/// Nothing is read until it is touched. The file must not be cut while it is mapped: touching a page beyond its new end
/// would end the process, so `bytes(_:)` checks the length again at each call and throws instead.
///
/// `Sendable`: all stored properties are constants, and the memory is never written.
public final class MappedFile: Sendable {
    public let path: String
    /// Bytes of the file when it was mapped; at least 1.
    public let size: Int
    // Read-only and unmapped in `deinit` only, so it may be shared between threads.
    private nonisolated(unsafe) let base: UnsafeRawPointer
    private let descriptor: Int32

    /// Maps the file at `path`.
    ///
    /// - Throws: `notFound` when there is no such file, `badFile` when it is empty or not a plain file, `inputOutput`
    ///   when the system would not open or map it.
    public init(_ path: String) throws(ZondaError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let reason = errno
            throw reason == ENOENT || reason == ENOTDIR
                ? ZondaError(.notFound, "\(path): no such file", remedy: "check the path")
                : ZondaError(.inputOutput, "\(path): can't be opened: \(FileSystem.reason(reason))")
        }
        do throws(ZondaError) {
            let size = try fileSize(of: descriptor, path: path)
            guard size > 0 else {
                throw ZondaError(.badFile, "\(path): the file is empty", remedy: "fetch it again")
            }
            guard let base = mmap(nil, size, PROT_READ, MAP_SHARED, descriptor, 0), base != MAP_FAILED else {
                throw ZondaError(.inputOutput, "\(path): \(size) bytes can't be mapped: \(FileSystem.reason(errno))")
            }
            self.path = path
            self.size = size
            self.base = UnsafeRawPointer(base)
            self.descriptor = descriptor
        } catch {
            close(descriptor)
            throw error
        }
    }

    deinit {
        munmap(UnsafeMutableRawPointer(mutating: base), size)
        close(descriptor)
    }

    /// The bytes in `range`, without copying.
    ///
    /// - Throws: `badFile` when `range` goes beyond the file, also when the file has become shorter since it was mapped.
    @_lifetime(borrow self)
    public func bytes(_ range: Range<Int>) throws(ZondaError) -> RawSpan {
        guard range.lowerBound >= 0, range.upperBound <= size else {
            throw ZondaError(
                .badFile, "\(path): bytes \(range.lowerBound)..<\(range.upperBound) of a file of \(size) bytes",
                remedy: "the file is truncated; fetch it again")
        }
        try checkLength()
        let span = RawSpan(_unsafeStart: base + range.lowerBound, byteCount: range.count)
        return _overrideLifetime(span, borrowing: self)
    }

    /// All bytes, without copying; see `bytes(_:)`.
    @_lifetime(borrow self)
    public func bytes() throws(ZondaError) -> RawSpan {
        try bytes(0..<size)
    }

    /// - Throws: `badFile` when the file is shorter than it was when it was mapped.
    public func checkLength() throws(ZondaError) {
        let now = try fileSize(of: descriptor, path: path)
        guard now >= size else {
            throw ZondaError(
                .badFile, "\(path): had \(size) bytes when it was opened and has \(now) now",
                remedy: "something rewrites the file; load the model again when that is done")
        }
    }
}

extension MappedFile {
    /// What is about to happen to a range of bytes. A hint: the system may ignore it.
    public enum Advice: Sendable {
        /// Read from front to back.
        case sequential
        /// Read in no order.
        case random
        /// Read soon: start fetching it now.
        case willNeed
    }

    /// Tells the system how `range` will be read.
    public func advise(_ advice: Advice, _ range: Range<Int>) {
        let flag =
            switch advice {
            case .sequential: MADV_SEQUENTIAL
            case .random: MADV_RANDOM
            case .willNeed: MADV_WILLNEED
            }
        let clamped = range.clamped(to: 0..<size)
        apply(flag, clamped.lowerBound, clamped.upperBound)
    }

    /// Takes the pages of `range` out of this process's memory; touching them again reads them again.
    ///
    /// The page that `range` ends in stays, as what follows may be in use; the one that it begins in goes. So a packer that
    /// walks a tensor tile by tile leaves nothing behind.
    public func dropPages(_ range: Range<Int>) {
        let clamped = range.clamped(to: 0..<size)
        let end = clamped.upperBound == size ? size : clamped.upperBound / pageSize * pageSize
        apply(MADV_DONTNEED, clamped.lowerBound, end)
    }

    private func apply(_ flag: Int32, _ lower: Int, _ end: Int) {
        let start = lower / pageSize * pageSize
        guard start < end else { return }
        _ = madvise(UnsafeMutableRawPointer(mutating: base + start), end - start, flag)
    }
}

private let pageSize = max(1, sysconf(Int32(_SC_PAGESIZE)))

private func fileSize(of descriptor: Int32, path: String) throws(ZondaError) -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
        throw ZondaError(.inputOutput, "\(path): can't be examined: \(FileSystem.reason(errno))")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
        throw ZondaError(.badFile, "\(path): not a plain file", remedy: "name a file")
    }
    return Int(status.st_size)
}
