package import Glibc

extension FileSystem {
    /// What the system said when something could not be written.
    package struct Failure: Error {
        package let reason: String

        init(_ call: String, _ path: String) { reason = "\(call) \(path): \(FileSystem.reason())" }
    }

    /// Makes a folder and those above it, by default for this user only; does nothing when they are there.
    package static func makeFolders(_ path: String, mode: mode_t = 0o700) throws(Failure) {
        var partial = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            partial += "/\(part)"
            guard mkdir(partial, mode) == 0 || errno == EEXIST || isFolder(partial) else {
                throw Failure("mkdir", partial)
            }
        }
        guard isFolder(path) else {
            errno = ENOTDIR
            throw Failure("mkdir", path)
        }
    }

    /// Writes a file under another name and then gives it its own: whoever opens `path` sees all of the old bytes or all
    /// of the new ones, with any number of writers. A power cut may leave a file without its bytes.
    package static func replace(
        _ path: String, with bytes: [UInt8], mode: mode_t = 0o600
    ) throws(Failure) {
        let temporary = "\(path).\(getpid()).\(UInt64.random(in: 0 ... .max)).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw Failure("open", temporary) }
        do throws(Failure) {
            try write(bytes, to: descriptor, temporary)
            guard close(descriptor) == 0, rename(temporary, path) == 0 else { throw Failure("rename", temporary) }
        } catch {
            unlink(temporary)
            throw error
        }
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32, _ path: String) throws(Failure) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + done, bytes.count - done) }
            guard count > 0 || errno == EINTR else {
                let failure = Failure("write", path)
                close(descriptor)
                throw failure
            }
            done += max(count, 0)
        }
    }
}
