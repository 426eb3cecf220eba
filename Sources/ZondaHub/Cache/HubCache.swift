import Glibc
import ZondaCore
public import ZondaFormats

/// The models that are in a cache of `huggingface_hub`, whoever fetched them.
public struct HubCache: Sendable {
    public let path: String

    public init(_ hub: HubEnvironment = HubEnvironment()) { path = hub.cache }

    /// All models, by name.
    public func models() -> [CachedModel] {
        FileSystem.names(in: path).compactMap(Self.id).compactMap(model).sorted { "\($0.id)" < "\($1.id)" }
    }

    /// A model with what is in the cache of it; nil when nothing is.
    public func model(_ id: HubID) -> CachedModel? {
        let folder = CacheFolder(cache: path, id: id)
        guard FileSystem.isFolder(folder.path) else { return nil }
        return CachedModel(folder)
    }

    /// What the name of a folder says: `models--ORG--NAME`.
    private static func id(_ folder: String) -> HubID? {
        guard folder.hasPrefix("models--") else { return nil }
        // An organisation's name has no "--", and neither has a model's.
        let name = folder.dropFirst(8)
        guard let split = name.firstRange(of: "--") else { return try? HubID(String(name)) }
        return try? HubID("\(name[..<split.lowerBound])/\(name[split.upperBound...])")
    }
}

/// A model in the cache.
public struct CachedModel: Sendable, Hashable {
    public let id: HubID
    public let path: String
    /// By commit.
    public let revisions: [CachedRevision]
    /// Bytes on the disk: of blobs that several revisions share, once; of downloads that have not ended, too.
    public let byteCount: Int
    /// Of downloads that have not ended.
    public let incompleteByteCount: Int
    /// When a file was last read or written, in seconds since 1970, as far as the file system notes it; nil without files.
    public let lastUsed: Int?

    init(_ folder: CacheFolder) {
        id = folder.id
        path = folder.path
        var names: [String: [String]] = [:]
        for reference in CacheTree.files(in: "\(folder.path)/refs") {
            guard let text = FileSystem.text(of: "\(folder.path)/refs/\(reference)", cap: 256) else { continue }
            names[text.filter { !$0.isWhitespace }, default: []].append(reference)
        }
        revisions = FileSystem.names(in: folder.snapshots).map { commit in
            CachedRevision(folder, commit: commit, names: (names[commit] ?? []).sorted())
        }
        var (byteCount, incompleteByteCount, lastUsed) = (0, 0, Int?.none)
        for name in FileSystem.names(in: folder.blobs) {
            var status = stat()
            guard stat("\(folder.blobs)/\(name)", &status) == 0 else { continue }
            byteCount += Int(status.st_size)
            if name.hasSuffix(".incomplete") { incompleteByteCount += Int(status.st_size) }
            lastUsed = max(lastUsed ?? .min, Int(status.st_atim.tv_sec), Int(status.st_mtim.tv_sec))
        }
        (self.byteCount, self.incompleteByteCount, self.lastUsed) = (byteCount, incompleteByteCount, lastUsed)
    }
}

/// What is in the cache of one commit.
public struct CachedRevision: Sendable, Hashable {
    public let commit: String
    /// Branches and tags that stood for it when it was fetched.
    public let names: [String]
    public let files: [CachedFile]

    public var byteCount: Int { files.reduce(0) { $0 + $1.byteCount } }

    init(_ folder: CacheFolder, commit: String, names: [String]) {
        self.commit = commit
        self.names = names
        let snapshot = "\(folder.snapshots)/\(commit)"
        files = CacheTree.files(in: snapshot).map { path in
            var status = stat()
            let size = stat("\(snapshot)/\(path)", &status) == 0 ? Int(status.st_size) : 0
            return CachedFile(path: path, byteCount: size, blob: folder.blobName(of: "\(snapshot)/\(path)"))
        }
    }
}

/// A file of a commit.
public struct CachedFile: Sendable, Hashable {
    /// In the repository.
    public let path: String
    public let byteCount: Int
    /// The name of its blob; nil for a file that is none, as on disks without links.
    let blob: String?
}

/// Files below a folder, links among them.
enum CacheTree {
    /// No repository nests so deep.
    private static let maxDepth = 32

    /// By their path below `folder`, sorted. Links to folders are not followed: they would be files of others.
    static func files(in folder: String) -> [String] {
        FileSystem.files(below: folder, maxDepth: maxDepth, followsLinks: false)
    }

    /// Removes a folder with all that is in it; links are removed, not what they lead to.
    static func remove(_ path: String, depth: Int = 0) throws(ZondaError) {
        for name in FileSystem.names(in: path) {
            let inner = "\(path)/\(name)"
            var status = stat()
            guard lstat(inner, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR, depth < maxDepth {
                try remove(inner, depth: depth + 1)
            } else {
                guard unlink(inner) == 0 || errno == ENOENT else { throw CacheFolder.failure("unlink", inner) }
            }
        }
        guard rmdir(path) == 0 || errno == ENOENT else { throw CacheFolder.failure("rmdir", path) }
    }
}

extension CacheFolder {
    /// The name of the blob that a link leads to; nil when it leads anywhere but to this model's blobs.
    func blobName(of link: String) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(link, &buffer, buffer.count)
        guard count > 0 else { return nil }
        let target = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard let slash = target.lastIndex(of: "/"), let place = link.lastIndex(of: "/") else { return nil }
        let folder = target.hasPrefix("/") ? String(target[..<slash]) : "\(link[..<place])/\(target[..<slash])"
        guard FileSystem.resolved(folder) == FileSystem.resolved(blobs) else { return nil }
        return String(target[target.index(after: slash)...])
    }
}
