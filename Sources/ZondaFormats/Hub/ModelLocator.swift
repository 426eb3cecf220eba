import Glibc
public import ZondaCore

/// Where a model's files are.
public enum ModelLocation: Sendable, Hashable {
    /// A folder with `config.json` and weights in safetensors.
    case folder(String)
    /// A GGUF file, or one part of a split one.
    case gguf(String)

    public var path: String {
        switch self {
        case .folder(let path), .gguf(let path): path
        }
    }

    /// Maps the weights and reads their headers.
    public func openTensors() throws(ZondaError) -> any TensorSource {
        switch self {
        case .folder(let path): try SafetensorsModel(path: path)
        case .gguf(let path): try GGUFModel(path: path)
        }
    }
}

/// Finds a model by a path or, in the local Hugging Face cache, by its hub id. Nothing is downloaded.
///
/// ```swift
/// let location = try ModelLocator().locate("mistralai/Mistral-7B-Instruct-v0.1")
/// ```
/// The cache is `HF_HUB_CACHE`, else `HF_HOME/hub`, else `XDG_CACHE_HOME/huggingface/hub`, else
/// `~/.cache/huggingface/hub`, as in `huggingface_hub`.
public struct ModelLocator: Sendable {
    public let hubCache: String
    private let home: String?

    public init() {
        var environment: [String: String] = [:]
        for key in ["HF_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME", "HOME"] {
            environment[key] = getenv(key).map { String(cString: $0) }
        }
        self.init(environment: environment)
    }

    public init(environment: [String: String]) {
        func value(_ key: String) -> String? { environment[key].flatMap { $0.isEmpty ? nil : $0 } }
        let home = value("HOME")
        func folder(_ key: String) -> String? { value(key).map { Self.expand($0, home) } }
        let caches = folder("XDG_CACHE_HOME") ?? Self.expand("~/.cache", home)
        hubCache = folder("HF_HUB_CACHE") ?? (folder("HF_HOME") ?? "\(caches)/huggingface") + "/hub"
        self.home = home
    }

    /// Finds the model called `name`: a folder, a `.gguf` file, or a hub id.
    ///
    /// A folder without safetensors that holds one GGUF model is that model.
    ///
    /// - Parameters:
    ///   - revision: a branch, tag or commit of a hub id; `main` when nil.
    /// - Throws: `notFound`, listing each place where it looked; `badRequest` for a folder with several GGUF models.
    public func locate(_ name: String, revision: String? = nil) throws(ZondaError) -> ModelLocation {
        let path = Self.expand(name, home)
        switch FileSystem.kind(of: path) {
        case .folder: return try location(inFolder: path)
        case .file:
            if path.hasSuffix(".gguf") { return .gguf(path) }
            throw ZondaError(
                .badRequest, "\(path): is a file, and not a .gguf file",
                remedy: "name a .gguf file, a folder with config.json and safetensors, or a hub id")
        case nil:
            guard let id = try? HubID(name) else { throw notFound(name, ["\(path) (no such file or folder)"]) }
            let (folder, looked) = try snapshot(of: id, revision: revision)
            guard let folder else { throw notFound(name, ["\(path) (no such file or folder)"] + looked) }
            return try location(inFolder: folder)
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
        try Self.check(relative: file, "a file's name")
        let path = Self.expand(model, home)
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

    /// The folder of a revision in the cache, or nil with the places where it was looked for.
    private func snapshot(
        of id: HubID, revision: String?
    ) throws(ZondaError) -> (folder: String?, looked: [String]) {
        let revision = revision ?? "main"
        try Self.check(relative: revision, "a revision")
        let model = "\(hubCache)/\(id.cacheFolder)"
        guard FileSystem.kind(of: model) == .folder else { return (nil, ["\(model) (not in the cache)"]) }
        var looked: [String] = []
        let reference = "\(model)/refs/\(revision)"
        if let text = FileSystem.text(of: reference, cap: 256) {
            let commit = text.filter { !$0.isWhitespace }
            try Self.check(relative: commit, "the commit in \(reference)")
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

    private func location(inFolder folder: String) throws(ZondaError) -> ModelLocation {
        let names = FileSystem.names(in: folder)
        if names.contains(where: { $0 == "model.safetensors" || $0 == "model.safetensors.index.json" }) {
            return .folder(folder)
        }
        // Of a split model the first part stands for all.
        let models = names.filter { $0.hasSuffix(".gguf") && (!$0.contains("-of-") || $0.contains("-00001-of-")) }
        guard models.count <= 1 else {
            throw ZondaError(
                .badRequest, "\(folder): has \(models.count) GGUF models: \(models.joined(separator: ", "))",
                remedy: "name one of them")
        }
        return models.first.map { .gguf("\(folder)/\($0)") } ?? .folder(folder)
    }

    private func notFound(_ name: String, _ looked: [String]) -> ZondaError {
        ZondaError(
            .notFound, "\(name) was not found; looked at: \(looked.joined(separator: "; "))",
            remedy: "give a path, or fetch the model into \(hubCache) (HF_HUB_CACHE or HF_HOME name another cache)",
            facts: ["cache": hubCache])
    }

    /// What comes from outside must not lead out of the folder that it is looked up in.
    private static func check(relative path: String, _ what: String) throws(ZondaError) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }), !path.utf8.contains(0) else {
            throw ZondaError(
                .badRequest, "\"\(path)\" is not \(what)", remedy: "give a relative path without '.' and '..'")
        }
    }

    private static func expand(_ path: String, _ home: String?) -> String {
        guard path == "~" || path.hasPrefix("~/"), let home else { return path }
        return home + path.dropFirst()
    }
}
