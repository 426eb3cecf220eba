import Glibc
import ZondaCore

/// Reads whole files.
enum Files {
    static func bytes(_ path: String) throws -> [UInt8] {
        let file = open(path, O_RDONLY)
        guard file >= 0 else { throw ZondaError(.notFound, path) }
        defer { close(file) }
        let size = Int(lseek(file, 0, SEEK_END))
        return Array(unsafeUninitializedCapacity: size) { buffer, count in
            count = max(0, pread(file, buffer.baseAddress, size, 0))
        }
    }

    static func text(_ path: String) throws -> String { String(decoding: try bytes(path), as: UTF8.self) }
}
