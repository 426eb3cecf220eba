import Glibc
import ZondaCore
import ZondaFormats

/// One model's folder in the cache, as `huggingface_hub` lays it out:
/// ```
/// models--ORG--NAME/
///   blobs/DIGEST                     the bytes; DIGEST.incomplete while they come
///   snapshots/COMMIT/PATH            a relative link to its blob
///   refs/REVISION                    the commit that a branch or tag stood for
///   .no_exist/COMMIT/PATH            empty: a file that the commit does not have
/// .locks/models--ORG--NAME/DIGEST.lock
/// ```
/// Source: huggingface_hub's "Understand caching" and `file_download.py`.
struct CacheFolder: Sendable {
    let cache: String
    let id: HubID

    var path: String { "\(cache)/\(id.cacheFolder)" }
    var blobs: String { "\(path)/blobs" }
    var snapshots: String { "\(path)/snapshots" }
    var locks: String { "\(cache)/.locks/\(id.cacheFolder)" }

    func blob(_ digest: BlobDigest) -> String { "\(blobs)/\(digest.text)" }
    /// What has come of a blob: always its beginning, so that any reader of the layout may go on from its end.
    func incomplete(_ digest: BlobDigest) -> String { "\(blob(digest)).incomplete" }
    func lock(_ digest: BlobDigest) -> String { "\(locks)/\(digest.text).lock" }
    func snapshot(_ commit: Commit) -> String { "\(snapshots)/\(commit)" }

    /// The text of CACHEDIR.TAG, which tells programs for backups to leave the cache out.
    private static let tag = "Signature: 8a477f597d28d172789f06886806bc55\n"

    func make() throws(ZondaError) {
        for folder in [blobs, snapshots, "\(path)/refs", locks] { try Self.makeFolders(folder) }
        let tag = "\(cache)/CACHEDIR.TAG"
        if !FileSystem.isFile(tag) { try Self.replace(tag, with: Self.tag) }
    }

    /// Whether the blob is there with all its bytes.
    func hasBlob(_ file: HubFile) -> Bool {
        var status = stat()
        return stat(blob(file.digest), &status) == 0 && status.st_mode & S_IFMT == S_IFREG
            && Int(status.st_size) == file.byteCount
    }

    /// The bytes of the blob that have come.
    func partByteCount(_ file: HubFile) -> Int {
        var status = stat()
        return stat(incomplete(file.digest), &status) == 0 ? Int(status.st_size) : 0
    }

    /// Links a file of a commit to its blob; whoever looks sees the old link or the new one.
    func link(_ file: HubFile, _ commit: Commit) throws(ZondaError) {
        let path = "\(snapshot(commit))/\(file.path)"
        let depth = file.path.utf8.count { $0 == UInt8(ascii: "/") } + 2
        let target = String(repeating: "../", count: depth) + "blobs/\(file.digest.text)"
        try Self.makeFolders(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
        let temporary = "\(path).\(getpid()).\(UInt32.random(in: 0 ... .max)).tmp"
        guard symlink(target, temporary) == 0 else { throw Self.failure("symlink", temporary) }
        guard rename(temporary, path) == 0 else {
            let failure = Self.failure("rename", temporary)
            unlink(temporary)
            throw failure
        }
    }

    /// Notes the commit that a branch or tag stands for.
    func setReference(_ revision: String, _ commit: Commit) throws(ZondaError) {
        guard revision != commit.description else { return }
        let path = "\(path)/refs/\(revision)"
        guard FileSystem.text(of: path, cap: 256) != commit.description else { return }
        try Self.makeFolders(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
        try Self.replace(path, with: commit.description)
    }

    /// Notes that a commit does not have a file.
    func markAbsent(_ file: String, _ commit: Commit) throws(ZondaError) {
        let folder = "\(path)/.no_exist/\(commit)"
        guard !FileSystem.isFile("\(folder)/\(file)") else { return }
        try Self.makeFolders(folder)
        try Self.replace("\(folder)/\(file)", with: "")
    }

    /// With the rights that the user's mask leaves, as users may share a cache.
    private static func makeFolders(_ path: String) throws(ZondaError) {
        do { try FileSystem.makeFolders(path, mode: 0o777) } catch { throw notWritten(error.reason, path) }
    }

    private static func replace(_ path: String, with text: String) throws(ZondaError) {
        do { try FileSystem.replace(path, with: Array(text.utf8), mode: 0o666) } catch {
            throw notWritten(error.reason, path)
        }
    }

    /// What the system said when the last call on `path` failed.
    static func failure(_ call: String, _ path: String, _ number: Int32 = errno) -> ZondaError {
        notWritten("\(call) \(path): \(FileSystem.reason(number))", path, isFull: number == ENOSPC || number == EDQUOT)
    }

    private static func notWritten(_ reason: String, _ path: String, isFull: Bool = false) -> ZondaError {
        ZondaError(
            .inputOutput, reason,
            remedy: isFull
                ? "free space (`zonda list`, `zonda rm`) or name another disk in HF_HUB_CACHE, and run it again: what has "
                    + "come is kept"
                : "make the folder writable, or name another in HF_HUB_CACHE",
            facts: ["path": path])
    }
}
