import Glibc
import ZondaCore

/// The store of blobs that `huggingface_hub` shares between models: `blobs/PREFIX/HASH` in the cache, with `HASH.refs`
/// listing the models' blobs that are links to it.
///
/// Zonda writes nothing into it. It removes a blob of it as the library does: when its list is there and none of the links
/// on it is any more; in doubt the blob stays. Source: huggingface_hub's `utils/_shared_blobs.py`, layout version 1.
struct SharedBlobs: Sendable {
    private let cache: String
    private let store: String

    private static let manifestByteCount = 16 << 20

    init(_ cache: String) {
        self.cache = cache
        store = "\(cache)/blobs"
    }

    /// What removing some of a model's blobs frees.
    func freedByteCount(_ folder: String, _ names: Set<String>) -> Int {
        var (byteCount, counted) = (0, Set<String>())
        for name in names {
            let path = "\(folder)/\(name)"
            var status = stat()
            if let target = target(of: path) {
                guard let links = links(to: target), links.allSatisfy({ $0 == path }), counted.insert(target).inserted,
                    stat(target, &status) == 0
                else { continue }
                byteCount += Int(status.st_size)
            } else if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG {
                byteCount += Int(status.st_size)
            }
        }
        return byteCount
    }

    /// The blob in the store that a model's blob is a link to; nil for one of its own.
    func target(of blob: String) -> String? {
        var status = stat()
        guard lstat(blob, &status) == 0, status.st_mode & S_IFMT == S_IFLNK, let target = FileSystem.resolved(blob),
            let store = FileSystem.resolved(store), target.hasPrefix(store + "/")
        else { return nil }
        let parts = target.dropFirst(store.count + 1).split(separator: "/")
        guard parts.count == 2, BlobDigest(sha256: String(parts[1])) != nil, parts[1].hasPrefix(parts[0]),
            parts[0].count == 2
        else { return nil }
        return "\(self.store)/\(parts[0])/\(parts[1])"
    }

    /// Removes a blob of the store that no link leads to any more.
    func sweep(_ path: String) {
        guard let lock = try? FileLock.tryAcquire("\(path).lock") else { return }
        defer { withExtendedLifetime(lock) {} }
        guard let links = links(to: path), links.isEmpty else { return }
        unlink(path)
        unlink("\(path).refs")
    }

    /// The links of a blob's list that lead to it; nil when there is no list that can be read.
    private func links(to path: String) -> [String]? {
        guard let text = FileSystem.text(of: "\(path).refs", cap: Self.manifestByteCount) else { return nil }
        return text.split(separator: "\n").map { "\(cache)/\($0)" }.filter { target(of: $0) == path }
    }
}
