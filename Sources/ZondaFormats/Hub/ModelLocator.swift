import Glibc
public import ZondaCore

/// Finds a model by a path or, in the local Hugging Face cache, by its name on the hub. Nothing is downloaded.
///
/// ```swift
/// let location = try ModelLocator().locate("mistralai/Mistral-7B-Instruct-v0.1")
/// ```
public struct ModelLocator: Sendable {
    public let hub: HubEnvironment

    public var hubCache: String { hub.cache }

    public init(_ hub: HubEnvironment = HubEnvironment()) { self.hub = hub }

    public init(environment: [String: String]) { self.init(HubEnvironment(environment: environment)) }

    /// Finds the model called `name`: a folder, a `.gguf` file, or on the hub `REPO`, `REPO:FILE` or `REPO:QUANT`.
    ///
    /// A folder without safetensors that holds one GGUF model is that model; of several in a repository the one in
    /// `Q4_K_M` is meant.
    ///
    /// - Parameters:
    ///   - revision: a branch, tag or commit of a hub id; `main` when nil.
    /// - Throws: `notFound`, listing each place where it looked; `badRequest` for a folder with several GGUF models.
    public func locate(_ name: String, revision: String? = nil) throws(ZondaError) -> ModelLocation {
        let path = hub.expand(name)
        switch FileSystem.kind(of: path) {
        case .folder: return try location(inFolder: path)
        case .file:
            if path.hasSuffix(".gguf") { return .gguf(path) }
            throw ZondaError(
                .badRequest, "\(path): is a file, and not a .gguf file",
                remedy: "name a .gguf file, a folder with config.json and safetensors, or a hub id")
        case nil:
            let nowhere = "\(path) (no such file or folder)"
            guard let reference = try? ModelReference(name) else { throw notFound(name, [nowhere]) }
            return try locate(reference, revision: revision, looked: [nowhere])
        }
    }

    /// Finds a model of the hub in the cache.
    public func locate(_ reference: ModelReference, revision: String? = nil) throws(ZondaError) -> ModelLocation {
        try locate(reference, revision: revision, looked: [])
    }

    private func locate(
        _ reference: ModelReference, revision: String?, looked: [String]
    ) throws(ZondaError) -> ModelLocation {
        let (folder, places) = try snapshot(of: reference.id, revision: revision)
        guard let folder else { throw notFound("\(reference)", looked + places) }
        switch reference.choice {
        case nil: return try location(inFolder: folder, preferring: Self.preferredQuantization)
        case .file(let file):
            guard FileSystem.isFile("\(folder)/\(file)") else { throw notFound("\(reference)", ["\(folder)/\(file)"]) }
            guard file.hasSuffix(".gguf") else {
                throw ZondaError(
                    .badRequest, "\(reference): is not a .gguf file", remedy: "name a .gguf file, or no file at all")
            }
            return .gguf("\(folder)/\(file)")
        case .quantization(let wanted):
            let groups = GGUFGroup.all(among: Self.files(below: folder))
            guard let group = GGUFGroup.matching(wanted, among: groups).first else {
                let labels = groups.map(\.label).joined(separator: ", ")
                throw notFound("\(reference)", ["\(folder) (has \(labels.isEmpty ? "no GGUF model" : labels))"])
            }
            return .gguf("\(folder)/\(group.parts[0].path)")
        }
    }

    /// Finds one file of a model, such as a GGUF file in a repository that has several, or `tokenizer.json`.
    ///
    /// - Parameters:
    ///   - file: relative to the model's folder.
    ///   - model: a folder or a hub id.
    public func locate(
        file: String, in model: String, revision: String? = nil
    ) throws(ZondaError) -> String {
        try RelativePath.check(file, "a file's name")
        let path = hub.expand(model)
        var looked = ["\(path)/\(file)"]
        if FileSystem.kind(of: path) == .folder {
            if FileSystem.kind(of: "\(path)/\(file)") == .file { return "\(path)/\(file)" }
        } else if let id = try? HubID(model) {
            let (folder, places) = try snapshot(of: id, revision: revision)
            if let folder, FileSystem.kind(of: "\(folder)/\(file)") == .file { return "\(folder)/\(file)" }
            looked += folder.map { ["\($0)/\(file)"] } ?? places
        }
        throw notFound("\(file) of \(model)", looked)
    }

    /// Whether `name` is that of a file or folder that is there, and not one of the hub.
    package func isPath(_ name: String) -> Bool { FileSystem.kind(of: hub.expand(name)) != nil }

    /// The type that is meant where a repository has several and none was named.
    public static let preferredQuantization = "Q4_K_M"

    /// The folder of a revision in the cache, or nil with the places where it was looked for.
    package func snapshot(
        of id: HubID, revision: String?
    ) throws(ZondaError) -> (folder: String?, looked: [String]) {
        let revision = revision ?? "main"
        try RelativePath.check(revision, "a revision")
        let model = "\(hubCache)/\(id.cacheFolder)"
        guard FileSystem.kind(of: model) == .folder else { return (nil, ["\(model) (not in the cache)"]) }
        var looked: [String] = []
        let reference = "\(model)/refs/\(revision)"
        if let text = FileSystem.text(of: reference, cap: 256) {
            let commit = text.filter { !$0.isWhitespace }
            try RelativePath.check(commit, "the commit in \(reference)")
            if FileSystem.kind(of: "\(model)/snapshots/\(commit)") == .folder {
                return ("\(model)/snapshots/\(commit)", [])
            }
            looked.append("\(model)/snapshots/\(commit) (named by \(reference))")
        } else {
            looked.append("\(reference) (no such revision)")
        }
        let direct = "\(model)/snapshots/\(revision)"
        if FileSystem.kind(of: direct) == .folder { return (direct, []) }
        return (nil, looked + ["\(direct) (no such folder)"])
    }

    private func location(
        inFolder folder: String, preferring quantization: String? = nil
    ) throws(ZondaError) -> ModelLocation {
        let names = FileSystem.names(in: folder)
        if names.contains(where: { $0 == "model.safetensors" || $0 == "model.safetensors.index.json" }) {
            return .folder(folder)
        }
        // In a repository models may lie in folders of their own.
        let groups = GGUFGroup.all(among: quantization == nil ? names : Self.files(below: folder))
        if groups.count > 1, let quantization, let group = GGUFGroup.matching(quantization, among: groups).first {
            return .gguf("\(folder)/\(group.parts[0].path)")
        }
        guard groups.count <= 1 else {
            let files = groups.map { $0.parts[0].path }
            throw ZondaError(
                .badRequest, "\(folder): has \(files.count) GGUF models: \(files.joined(separator: ", "))",
                remedy: "name one of them")
        }
        return groups.first.map { .gguf("\(folder)/\($0.parts[0].path)") } ?? .folder(folder)
    }

    /// Folders of GGUF repositories are one deep.
    private static let maxDepth = 3

    private static func files(below folder: String) -> [String] {
        FileSystem.files(below: folder, maxDepth: maxDepth, followsLinks: true).filter {
            FileSystem.isFile("\(folder)/\($0)")
        }
    }

    private func notFound(_ name: String, _ looked: [String]) -> ZondaError {
        let fetch =
            hub.isOffline
            ? "HF_HUB_OFFLINE is set, so nothing is downloaded: unset it and run `zonda pull`, or copy the model's folder"
                + " into \(hubCache)"
            : "give a path, or fetch the model with `zonda pull` into \(hubCache)"
        return ZondaError(
            .notFound, "\(name) was not found; looked at: \(looked.joined(separator: "; "))",
            remedy: "\(fetch) (HF_HUB_CACHE or HF_HOME name another cache)", facts: ["cache": hubCache])
    }
}
