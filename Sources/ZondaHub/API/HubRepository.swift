import NIOCore
import NIOHTTP1
import ZondaCore
import ZondaFormats

/// A model's repository at a revision: asks the hub's API.
struct HubRepository: Sendable {
    let transport: HubTransport
    let id: HubID
    /// A branch, a tag or a commit.
    let revision: String

    /// The commit that the revision stands for now.
    func commit() async throws(ZondaError) -> Commit {
        let url = try address(["api", "models"] + idParts + ["revision", revision])
        let (bytes, _) = try await read(url)
        return try HubAnswers.commit(parsing: bytes.readableBytesUInt8Span, name: "\(url)")
    }

    /// All files at a commit.
    ///
    /// - Throws: `badFile` for a list beyond the caps, with pages on another server, or without an end.
    func files(at commit: Commit) async throws(ZondaError) -> [HubFile] {
        var next: HubURL? = try address(
            ["api", "models"] + idParts + ["tree", commit.description], query: "recursive=true&expand=false")
        var files: [HubFile] = []
        var pageCount = 0
        while let url = next {
            pageCount += 1
            let (bytes, link) = try await read(url)
            files += try HubAnswers.files(parsing: bytes.readableBytesUInt8Span, name: "\(url)")
            guard pageCount <= HubCaps.pageCount, files.count <= HubCaps.fileCount else {
                throw ZondaError(
                    .badFile, "\(url): lists more than \(HubCaps.fileCount) files or \(HubCaps.pageCount) pages",
                    remedy: "check that HF_ENDPOINT is a hub")
            }
            next = try link.flatMap { LinkHeader.next(in: $0) }.map { (text) throws(ZondaError) in
                guard let page = url.resolving(text), page.hasOrigin(of: transport.endpoint) else {
                    throw ZondaError(
                        .badFile, "\(url): its next page is at \"\(PlainText.shown(text))\", on another server",
                        remedy: "check that HF_ENDPOINT is a hub")
                }
                return page
            }
        }
        let paths = Set(files.map(\.path))
        guard paths.count == files.count else {
            throw ZondaError(
                .badFile, "\(transport.endpoint): lists a file of \(id) twice",
                remedy: "check that HF_ENDPOINT is a hub")
        }
        return files
    }

    /// Where a file's bytes are asked for.
    func address(of file: HubFile, at commit: Commit) throws(ZondaError) -> HubURL {
        try address(idParts + ["resolve", commit.description] + file.path.split(separator: "/").map(String.init))
    }

    private var idParts: [String] { id.description.split(separator: "/").map(String.init) }

    private func address(_ parts: [String], query: String = "") throws(ZondaError) -> HubURL {
        guard let url = transport.endpoint.appending(parts, query: query) else {
            throw ZondaError(
                .badRequest, "\(transport.endpoint) and \(parts.joined(separator: "/")) make no address",
                remedy: "check HF_ENDPOINT")
        }
        return url
    }

    private func read(_ url: HubURL) async throws(ZondaError) -> (bytes: ByteBuffer, link: String?) {
        var retry = Retry(transport.options, isFirst: true)
        while true {
            do throws(HubFailure) {
                let response = try await transport.get(url)
                guard response.status == .ok else {
                    let failure = HubProblem(transport: transport, subject: subject).failure(response)
                    await response.drain()
                    throw failure
                }
                return (
                    try await response.bytes(cap: HubCaps.answerByteCount), response.headers.first(name: "Link")
                )
            } catch {
                if let missing = error.missing { throw await withNames(error.error, of: missing) }
                try await retry.wait(after: error)
            }
        }
    }

    private var subject: HubSubject { HubSubject(id: id, revision: revision) }

    /// The error with the names that there are, where the hub can be asked for them.
    private func withNames(_ error: ZondaError, of missing: HubFailure.Missing) async -> ZondaError {
        var error = error
        switch missing {
        case .revision:
            guard let url = try? address(["api", "models"] + idParts + ["refs"]), let names = await revisions(url),
                !names.isEmpty
            else { return error }
            error.remedy = "it has: \(names.prefix(12).joined(separator: ", "))"
        case .model:
            let name = idParts.last ?? ""
            guard let url = try? address(["api", "models"], query: "search=\(HubURL.encoded(name))&limit=5"),
                let models = await models(url), !models.isEmpty
            else { return error }
            error.remedy = "\(error.remedy ?? ""); there are: \(models.map { "\($0)" }.joined(separator: ", "))"
        }
        return error
    }

    private func revisions(_ url: HubURL) async -> [String]? {
        guard let bytes = await attempt(url) else { return nil }
        return try? HubAnswers.revisions(parsing: bytes.readableBytesUInt8Span, name: "\(url)")
    }

    private func models(_ url: HubURL) async -> [HubID]? {
        guard let bytes = await attempt(url) else { return nil }
        return try? HubAnswers.models(parsing: bytes.readableBytesUInt8Span, name: "\(url)").prefix(5).map { $0 }
    }

    /// One try, for what is good to know but not needed.
    private func attempt(_ url: HubURL) async -> ByteBuffer? {
        guard let response = try? await transport.get(url), response.status == .ok else { return nil }
        return try? await response.bytes(cap: HubCaps.answerByteCount)
    }
}

/// `Link: <https://…>; rel="next"` (RFC 8288).
enum LinkHeader {
    static func next(in text: String) -> String? {
        for link in text.split(separator: ",") {
            guard let open = link.firstIndex(of: "<"), let close = link[open...].firstIndex(of: ">") else { continue }
            let parameters = link[link.index(after: close)...].split(separator: ";")
            let isNext = parameters.contains { parameter in
                parameter.filter { $0 != " " && $0 != "\"" }.lowercased() == "rel=next"
            }
            if isNext { return String(link[link.index(after: open)..<close]) }
        }
        return nil
    }
}
