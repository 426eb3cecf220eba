import ZondaCore
import ZondaFormats
import ZondaModels

extension ModelSource {
    /// Finds the files of a model on this machine and reads their headers.
    ///
    /// - Throws: `notFound` with every place that was searched.
    init(_ which: Which, _ locator: ModelLocator = ModelLocator()) throws(ZondaError) {
        switch which.kind {
        case .plain(let modelID, let arch):
            switch try locator.locate(modelID) {
            case .folder(let path): try self.init(folder: path, arch: arch)
            case .gguf(let path): try self.init(gguf: path, arch: arch)
            }
        case .gguf(let tokModelID, let modelID, let filename):
            let path = try locator.locate(file: filename, in: modelID)
            var textFolder: String?
            if let tokModelID { textFolder = try locator.locate(tokModelID).path }
            try self.init(gguf: path, arch: nil, textFolder: textFolder)
        case .synthetic(let configuration, let format):
            try self.init(synthetic: configuration, format: format)
        }
    }
}
