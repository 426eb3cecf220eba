import Glibc

/// The few questions about files that finding libraries and keeping kernels asks.
enum Files {
    static func isFolder(_ path: String) -> Bool { kind(of: path) == S_IFDIR }

    static func isFile(_ path: String) -> Bool { kind(of: path) == S_IFREG }

    private static func kind(of path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
    }

    /// The names in a folder, sorted; none when it can't be read.
    static func names(in folder: String) -> [String] {
        guard let handle = opendir(folder) else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// The path with all links followed, or nil when nothing is there.
    static func resolved(_ path: String) -> String? {
        guard let pointer = realpath(path, nil) else { return nil }
        defer { free(pointer) }
        return String(cString: pointer)
    }

    /// All bytes of a file, or nil when it can't be read or has more than `cap` bytes.
    static func bytes(of path: String, cap: Int) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, Int(status.st_size) <= cap else {
            return nil
        }
        let count = Int(status.st_size)
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
            while used < count {
                let got = read(descriptor, buffer.baseAddress! + used, count - used)
                if got > 0 { used += got } else if got == 0 || errno != EINTR { break }
            }
        }
    }

    static func text(of path: String, cap: Int) -> String? {
        bytes(of: path, cap: cap).map { String(decoding: $0, as: UTF8.self) }
    }

    /// What the system says about the last failed call.
    static var reason: String { String(cString: strerror(errno)) }
}
