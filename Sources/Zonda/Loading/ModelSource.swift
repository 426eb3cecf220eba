import ZondaCore
import ZondaFormats
import ZondaModels

/// A model's files, read as far as their headers: what it is, its text side, and where its tensors are.
struct ModelSource: Sendable {
    let tensors: any TensorSource
    let architecture: Architecture
    let description: DecoderDescription
    let checkpoint: Checkpoint
    let text: TextModel

    /// A GGUF file has everything in it; `textFolder` may name another model's tokenizer and template.
    init(gguf path: String, arch: Architecture?, textFolder: String? = nil) throws(ZondaError) {
        let model = try GGUFModel(path: path)
        let metadata = model.metadata
        let named = try metadata.string("general.architecture")
        if let arch { architecture = arch } else { architecture = try .named(gguf: named) }
        tensors = model
        checkpoint = Checkpoint(model, names: GGUFNames(exceptions: architecture.ggufExceptions))
        description = try architecture.describe(try ModelFacts(gguf: metadata, checkpoint: checkpoint))
        if let textFolder { text = try TextModel(folder: textFolder) } else { text = try TextModel(gguf: metadata) }
    }

    /// A folder with config.json, safetensors and a tokenizer.
    init(folder: String, arch: Architecture?) throws(ZondaError) {
        let model = try SafetensorsModel(path: folder)
        let reader = try ConfigurationReader(path: folder + "/config.json")
        if let arch { architecture = arch } else { architecture = try Self.architecture(reader) }
        tensors = model
        checkpoint = Checkpoint(model)
        description = try architecture.describe(ModelFacts(hub: reader, checkpoint: checkpoint))
        text = try TextModel(folder: folder)
    }

    private static func architecture(_ reader: ConfigurationReader) throws(ZondaError) -> Architecture {
        let names = try reader.optionalStringArray("architectures") ?? []
        guard let first = names.first else {
            throw ZondaError(
                .badConfiguration, "\(reader.name): architectures is missing or empty",
                remedy: "name the family; there are: \(Architecture.all.map(\.name).joined(separator: ", "))")
        }
        return try .named(hub: first)
    }
}
