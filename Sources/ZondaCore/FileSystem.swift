import Glibc

/// The few questions about files that finding models and libraries and keeping kernels asks.
package enum FileSystem {
    package enum Kind { case file, folder }

    /// What lies at `path`, links followed, or nil when nothing readable does.
    package static func kind(of path: String) -> Kind? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .folder
        default: return nil
        }
    }

    package static func isFolder(_ path: String) -> Bool { kind(of: path) == .folder }

    package static func isFile(_ path: String) -> Bool { kind(of: path) == .file }

    /// The names in a folder, sorted; none when it can't be read.
    package static func names(in folder: String) -> [String] {
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

    /// Files below a folder by their path in it, sorted, in folders that lie at most `maxDepth` deep.
    ///
    /// Links are files, whatever they lead to; those to folders are folders where `followsLinks` says so.
    package static func files(below folder: String, maxDepth: Int, followsLinks: Bool) -> [String] {
        func files(_ prefix: String, depth: Int) -> [String] {
            names(in: "\(folder)/\(prefix)").flatMap { name -> [String] in
                let path = "\(folder)/\(prefix)\(name)"
                guard isFolder(path), followsLinks || !isLink(path) else { return [prefix + name] }
                return depth < maxDepth ? files("\(prefix)\(name)/", depth: depth + 1) : []
            }
        }
        return files("", depth: 0)
    }

    private static func isLink(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    /// The path with all links followed, or nil when nothing is there.
    package static func resolved(_ path: String) -> String? {
        guard let pointer = realpath(path, nil) else { return nil }
        defer { free(pointer) }
        return String(cString: pointer)
    }

    /// All bytes of a file, or nil when it can't be read or has more than `cap` bytes.
    package static func bytes(of path: String, cap: Int) -> [UInt8]? {
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

    /// The text of a small file, or nil when it can't be read, is empty, is not UTF-8 or has more than `cap` bytes.
    package static func text(of path: String, cap: Int) -> String? {
        guard let bytes = bytes(of: path, cap: cap), !bytes.isEmpty else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    /// What the system says about an `errno`; by default that of the last failed call.
    package static func reason(_ number: Int32 = errno) -> String { String(cString: strerror(number)) }
}
