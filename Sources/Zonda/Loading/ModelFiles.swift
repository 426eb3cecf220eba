import Glibc
import ZondaCore
import ZondaFormats
import ZondaModels

/// Where the files of a model are on this machine.
enum ModelFiles: Sendable {
    case folder(String)
    case gguf(path: String, textFolder: String?)

    /// - Throws: `notFound` with every place that was searched.
    init(_ which: Which) throws(ZondaError) {
        let locator = ModelLocator()
        switch which.kind {
        case .plain(let modelID, _):
            switch try locator.locate(modelID) {
            case .folder(let path): self = .folder(path)
            case .gguf(let path): self = .gguf(path: path, textFolder: nil)
            }
        case .gguf(let tokModelID, let modelID, let filename):
            let path = try locator.locate(file: filename, in: modelID)
            var textFolder: String?
            if let tokModelID { textFolder = try locator.locate(tokModelID).path }
            self = .gguf(path: path, textFolder: textFolder)
        }
    }

    /// Reads the headers.
    func source(arch: Architecture?) throws(ZondaError) -> ModelSource {
        switch self {
        case .folder(let path): try ModelSource(folder: path, arch: arch)
        case .gguf(let path, let textFolder): try ModelSource(gguf: path, arch: arch, textFolder: textFolder)
        }
    }
}

extension ModelFiles {
    static func exists(_ path: String) -> Bool { access(path, R_OK) == 0 }
}
