import Glibc
public import ZondaCore
public import ZondaFormats

/// What taking a model, or one of its files, out of the cache would do.
///
/// ```swift
/// let removal = try HubCache().removal(of: ModelReference("Qwen/Qwen2.5-7B-Instruct-GGUF:Q8_0"))
/// print("frees \(removal.byteCount) bytes")
/// try removal.run()
/// ```
public struct CacheRemoval: Sendable {
    public let reference: ModelReference
    /// Files of snapshots that go, by their path below the model's folder; empty where all of the model goes.
    public let files: [String]
    /// What is freed: blobs that no other snapshot uses. Blobs in the store that models share are counted when no other
    /// model uses them.
    public let byteCount: Int
    private let folder: CacheFolder
    private let blobs: Set<String>

    /// - Throws: `notFound` for what is not in the cache.
    init(_ reference: ModelReference, in cache: String) throws(ZondaError) {
        self.reference = reference
        folder = CacheFolder(cache: cache, id: reference.id)
        guard FileSystem.isFolder(folder.path) else {
            throw ZondaError(
                .notFound, "\(reference.id) is not in \(cache)", remedy: "`zonda list` shows what is there")
        }
        let model = CachedModel(folder)
        guard let choice = reference.choice else {
            files = []
            blobs = Set(FileSystem.names(in: folder.blobs))
            byteCount = SharedBlobs(cache).freedByteCount(folder.blobs, blobs)
            return
        }
        let wanted = Self.wanted(choice, model)
        guard !wanted.isEmpty else {
            throw ZondaError(
                .notFound, "\(reference) is not in \(folder.path)",
                remedy: "`zonda list \(reference.id)` shows its files")
        }
        files = wanted.map { "snapshots/\($0.commit)/\($0.file.path)" }
        let kept = Set(
            model.revisions.flatMap { revision in
                revision.files.filter { file in !wanted.contains { $0.commit == revision.commit && $0.file == file } }
            }.compactMap(\.blob))
        blobs = Set(wanted.compactMap(\.file.blob)).subtracting(kept)
        let plain = wanted.filter { $0.file.blob == nil }.reduce(0) { $0 + $1.file.byteCount }
        byteCount = SharedBlobs(cache).freedByteCount(folder.blobs, blobs) + plain
    }

    /// The files of every snapshot that a choice means: a file with its other parts, or all files of a type.
    private static func wanted(
        _ choice: ModelReference.Choice, _ model: CachedModel
    ) -> [(commit: String, file: CachedFile)] {
        model.revisions.flatMap { revision -> [(commit: String, file: CachedFile)] in
            let groups = GGUFGroup.all(among: revision.files.map(\.path))
            var paths: Set<String>
            switch choice {
            case .file(let path):
                let parts = groups.first { $0.parts.contains { $0.path == path } }
                paths = Set(parts?.parts.map(\.path) ?? [path])
            case .quantization(let wanted):
                paths = Set(GGUFGroup.matching(wanted, among: groups).flatMap(\.parts).map(\.path))
            }
            return revision.files.filter { paths.contains($0.path) }.map { (revision.commit, $0) }
        }
    }

    /// Takes it out.
    ///
    /// - Throws: `inputOutput` while another process downloads this model, before anything is removed.
    public func run() throws(ZondaError) {
        let locks = try lockAll()
        defer { withExtendedLifetime(locks) {} }
        let shared = SharedBlobs(folder.cache)
        if files.isEmpty {
            let stored = blobs.compactMap { shared.target(of: "\(folder.blobs)/\($0)") }
            try CacheTree.remove(folder.path)
            for path in stored { shared.sweep(path) }
            return
        }
        for file in files { try remove("\(folder.path)/\(file)") }
        for blob in blobs {
            let path = "\(folder.blobs)/\(blob)"
            let stored = shared.target(of: path)
            try remove(path)
            if let stored { shared.sweep(stored) }
        }
        try removeEmptySnapshots()
    }

    /// The lock of each blob, so that nobody downloads one while it goes.
    private func lockAll() throws(ZondaError) -> [FileLock] {
        var locks: [FileLock] = []
        for name in FileSystem.names(in: folder.locks) where name.hasSuffix(".lock") {
            guard let lock = try FileLock.tryAcquire("\(folder.locks)/\(name)") else {
                throw ZondaError(
                    .inputOutput, "\(reference.id) is being downloaded by another process (\(folder.locks)/\(name))",
                    remedy: "wait until it has ended, or end it")
            }
            locks.append(lock)
        }
        return locks
    }

    private func removeEmptySnapshots() throws(ZondaError) {
        for commit in FileSystem.names(in: folder.snapshots) {
            let snapshot = "\(folder.snapshots)/\(commit)"
            guard CacheTree.files(in: snapshot).isEmpty else { continue }
            try CacheTree.remove(snapshot)
            for reference in CacheTree.files(in: "\(folder.path)/refs") {
                let path = "\(folder.path)/refs/\(reference)"
                if FileSystem.text(of: path, cap: 256)?.filter({ !$0.isWhitespace }) == commit { try remove(path) }
            }
        }
    }

    private func remove(_ path: String) throws(ZondaError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw CacheFolder.failure("unlink", path) }
    }
}

extension HubCache {
    /// What removing a model, `REPO:FILE` or `REPO:QUANT` would do.
    ///
    /// - Throws: `notFound` for what is not in the cache.
    public func removal(of reference: ModelReference) throws(ZondaError) -> CacheRemoval {
        try CacheRemoval(reference, in: path)
    }
}
