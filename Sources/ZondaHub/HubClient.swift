public import Logging
import NIOCore
public import ZondaCore
public import ZondaFormats

/// Fetches models from the Hugging Face hub into the cache that `huggingface_hub` uses too.
///
/// ```swift
/// let model = try await HubClient().pull(ModelReference("Qwen/Qwen3-0.6B")) { progress in
///     print("\(progress.doneByteCount) of \(progress.byteCount) bytes")
/// }
/// ```
/// Any number of clients, in any number of processes, may fetch the same model at once: each file is fetched by one, and
/// the others wait for it. A download that was cut off goes on from where it was.
public struct HubClient: Sendable {
    public let hub: HubEnvironment
    private let options: HubOptions
    private let logger: Logger?

    /// - Parameter logger: gets the addresses that are asked, without what follows a '?', at debug level.
    public init(
        _ hub: HubEnvironment = HubEnvironment(), options: HubOptions = HubOptions(), logger: Logger? = nil
    ) {
        self.hub = hub
        self.options = options
        self.logger = logger
    }

    /// Fetches the files that running a model needs, and no others.
    ///
    /// - Parameters:
    ///   - revision: a branch, a tag or a commit; `main` when nil.
    ///   - onProgress: called in order, from any thread, at most ten times a second besides ends and waits.
    /// - Throws: `notFound` for a model, revision or file that there is not, or when `HF_HUB_OFFLINE` is set;
    ///   `accessDenied` for a gated or private one; `networkFailed` when tries are of no use any more; `badFile` for wrong
    ///   checksums and hostile answers; `inputOutput` for a disk that is full; `badRequest` where several models could be
    ///   meant; `unsupported` for a repository without weights that Zonda reads.
    public func pull(
        _ reference: ModelReference, revision: String? = nil, onProgress: (@Sendable (HubProgress) -> Void)? = nil
    ) async throws(ZondaError) -> PulledModel {
        try await pull(reference, revision, .model, onProgress)
    }

    /// Fetches the tokenizer, template and configuration of a model, without its weights.
    public func pullText(
        _ id: HubID, revision: String? = nil, onProgress: (@Sendable (HubProgress) -> Void)? = nil
    ) async throws(ZondaError) -> PulledModel {
        try await pull(ModelReference(id), revision, .text, onProgress)
    }

    private func pull(
        _ reference: ModelReference, _ revision: String?, _ purpose: FileSelection.Purpose,
        _ onProgress: (@Sendable (HubProgress) -> Void)?
    ) async throws(ZondaError) -> PulledModel {
        let revision = revision ?? "main"
        try RelativePath.check(revision, "a revision")
        guard !hub.isOffline else {
            throw ZondaError(
                .notFound, "\(reference) is not fetched: HF_HUB_OFFLINE is set",
                remedy: "unset HF_HUB_OFFLINE, or copy the model's folder into \(hub.cache)")
        }
        let (hub, options) = (hub, options)
        return try await HubTransport.with(hub, options, logger) { (transport) throws(ZondaError) in
            let repository = HubRepository(transport: transport, id: reference.id, revision: revision)
            let pull = Pull(
                repository: repository, folder: CacheFolder(cache: hub.cache, id: reference.id), options: options,
                onProgress: onProgress)
            return try await pull.run(reference, purpose)
        }
    }
}

/// A model that is in the cache now.
public struct PulledModel: Sendable, Hashable {
    public struct File: Sendable, Hashable {
        /// In the repository.
        public var path: String
        public var byteCount: Int
    }

    public var reference: ModelReference
    public var revision: String
    public var commit: String
    /// The commit's folder in the cache, with its files.
    public var folder: String
    public var files: [File]
    /// What came over the network; the rest was there.
    public var fetchedByteCount: Int

    public var byteCount: Int { files.reduce(0) { $0 + $1.byteCount } }
}
