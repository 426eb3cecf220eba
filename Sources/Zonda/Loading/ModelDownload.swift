import ZondaCore
import ZondaFormats
import ZondaHub
import ZondaTokenizer

/// Fetches from the hub what a model needs and what is not on this machine; what is there is not looked at again.
struct ModelDownload: Sendable {
    let locator: ModelLocator
    let onDownload: (@Sendable (HubProgress) -> Void)?

    /// Does nothing for paths, and when `HF_HUB_OFFLINE` is set: opening the model then says what is missing.
    ///
    /// - Throws: see `HubClient.pull`.
    func fetch(_ which: Which) async throws(ZondaError) {
        guard !locator.hub.isOffline else { return }
        switch which.kind {
        case .plain(let model, _):
            guard !locator.isPath(model), let reference = try? ModelReference(model), !isThere(reference) else {
                return
            }
            try await pull(reference)
        case .gguf(let tokModel, let model, let file):
            if let tokModel { try await fetchText(tokModel) }
            guard !locator.isPath(model), let id = try? HubID(model) else { return }
            let reference = ModelReference(id, .file(file))
            guard RelativePath.isSafe(file), !isThere(reference) else { return }
            try await pull(reference)
        case .synthetic: return
        }
    }

    private func fetchText(_ model: String) async throws(ZondaError) {
        guard !locator.isPath(model), let id = try? HubID(model) else { return }
        let folder = (try? locator.snapshot(of: id, revision: nil))?.folder
        guard folder.flatMap(Tokenizer.path(inFolder:)) == nil else { return }
        _ = try await HubClient(locator.hub).pullText(id, onProgress: onDownload)
    }

    private func isThere(_ reference: ModelReference) -> Bool {
        guard let location = try? locator.locate(reference) else { return false }
        return location.missingFile == nil
    }

    private func pull(_ reference: ModelReference) async throws(ZondaError) {
        _ = try await HubClient(locator.hub).pull(reference, onProgress: onDownload)
    }
}
