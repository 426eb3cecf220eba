package import ZondaCore
import ZondaFormats

/// What answers of the hub may hold: more is damaged or hostile.
enum HubCaps {
    /// Of one answer in JSON. A model card may be in it; a page of 1,000 files takes under 1 MB.
    static let answerByteCount = 16 << 20
    static let pageCount = 200
    /// The hub recommends fewer than 100,000 files.
    static let fileCount = 200_000
    /// The hub's limit of one file is 500 GB.
    static let fileByteCount = 1 << 43
    /// Of an address; those of storage carry signatures of 1 to 2 KB.
    static let addressByteCount = 16 << 10
    static let redirectCount = 5
}

/// The answers of the hub's API, read strictly: the values that are used, within their caps.
///
/// Source: the hub's OpenAPI document, `/api/models/{repo}/revision/{rev}` and `/api/models/{repo}/tree/{rev}`.
package enum HubAnswers {
    /// The commit of a revision.
    static func commit(parsing bytes: Span<UInt8>, name: String) throws(ZondaError) -> Commit {
        let answer = try JSONValue(parsing: bytes, name: name, maxDepth: 64)
        guard let text = answer["sha"]?.string, let commit = Commit(text) else {
            throw failure(name, "\"sha\" is \(shown(answer["sha"])), not a commit")
        }
        return commit
    }

    /// One page of a repository's files, without its folders.
    static func files(parsing bytes: Span<UInt8>, name: String) throws(ZondaError) -> [HubFile] {
        let answer = try JSONValue(parsing: bytes, name: name, maxDepth: 64)
        guard let entries = answer.array else { throw failure(name, "is \(answer.kind), not a list of files") }
        var files: [HubFile] = []
        for entry in entries {
            guard let type = entry["type"]?.string, let path = entry["path"]?.string else {
                throw failure(name, "has an entry without \"type\" and \"path\": \(shown(entry))")
            }
            guard RelativePath.isSafe(path) else {
                throw failure(name, "names a file \(shown(.string(path))), which no repository may have")
            }
            if type == "file" { files.append(try file(entry, path: path, name: name)) }
        }
        return files
    }

    private static func file(_ entry: JSONValue, path: String, name: String) throws(ZondaError) -> HubFile {
        let lfs = entry["lfs"].flatMap { $0 == .null ? nil : $0 }
        let size = (lfs ?? entry)["size"]
        guard let byteCount = size?.integer, (0...HubCaps.fileByteCount).contains(byteCount) else {
            throw failure(name, "says that \(path) has \(shown(size)) bytes")
        }
        let oid = (lfs ?? entry)["oid"]
        let text = oid?.string ?? ""
        guard let digest = lfs == nil ? BlobDigest(gitSHA1: text) : BlobDigest(sha256: text) else {
            throw failure(name, "says that the checksum of \(path) is \(shown(oid))")
        }
        return HubFile(path: path, byteCount: byteCount, digest: digest)
    }

    /// The names of branches and tags.
    static func revisions(parsing bytes: Span<UInt8>, name: String) throws(ZondaError) -> [String] {
        let answer = try JSONValue(parsing: bytes, name: name, maxDepth: 16)
        return ["branches", "tags"].flatMap { answer[$0]?.array ?? [] }.compactMap { $0["name"]?.string }
            .filter(RelativePath.isSafe)
    }

    /// The ids of a search's results.
    static func models(parsing bytes: Span<UInt8>, name: String) throws(ZondaError) -> [HubID] {
        let answer = try JSONValue(parsing: bytes, name: name, maxDepth: 64)
        return (answer.array ?? []).compactMap { $0["id"]?.string }.compactMap { try? HubID($0) }
    }

    /// For fuzzing: every parser reads `bytes`.
    package static func readAll(_ bytes: [UInt8]) -> [ZondaError] {
        var errors: [ZondaError] = []
        do throws(ZondaError) { _ = try commit(parsing: bytes.span, name: "fuzz") } catch { errors.append(error) }
        do throws(ZondaError) { _ = try files(parsing: bytes.span, name: "fuzz") } catch { errors.append(error) }
        do throws(ZondaError) { _ = try revisions(parsing: bytes.span, name: "fuzz") } catch { errors.append(error) }
        do throws(ZondaError) { _ = try models(parsing: bytes.span, name: "fuzz") } catch { errors.append(error) }
        return errors
    }

    private static func failure(_ name: String, _ problem: String) -> ZondaError {
        ZondaError(
            .badFile, "\(name): \(problem)",
            remedy: "check that HF_ENDPOINT is a Hugging Face hub, or try again later")
    }

    /// A value from outside, short and without what could move a terminal's cursor.
    private static func shown(_ value: JSONValue?) -> String { PlainText.shown(value?.text ?? "missing") }
}

/// Text from outside as it may be shown: one line, short, without control characters.
enum PlainText {
    private static let maxCount = 200

    static func shown(_ text: String) -> String {
        let scalars = text.unicodeScalars.prefix(maxCount).filter {
            $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value)
        }
        return String(String.UnicodeScalarView(scalars)) + (text.unicodeScalars.count > maxCount ? "…" : "")
    }
}
