import Glibc
import ZondaCore

/// The few questions that finding a model asks.
enum FileSystem {
    enum Kind { case file, folder }

    /// What lies at `path`, links followed, or nil when nothing readable does.
    static func kind(of path: String) -> Kind? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .folder
        default: return nil
        }
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

    /// The text of a small file, or nil when it can't be read, is empty, is not UTF-8 or has more than `cap` bytes.
    static func text(of path: String, cap: Int) -> String? {
        guard let file = try? MappedFile(path), file.size <= cap, let bytes = try? file.bytes() else { return nil }
        return bytes.validatedText
    }
}
