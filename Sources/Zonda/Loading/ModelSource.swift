import OrderedCollections
import ZondaCore
import ZondaFormats
import ZondaModels
import ZondaTokenizer

/// A model's files, read as far as their headers: what it is, its text side, and where its tensors are.
struct ModelSource: Sendable {
    let architecture: Architecture
    let description: DecoderDescription
    let weights: any WeightSource
    /// Nil for a model that takes and gives tokens only: its files have no tokenizer.
    private(set) var text: TextModel?
    /// How the model's makers recommend to sample from it.
    let defaults: GenerationDefaults
    let weightByteCount: Int
    let parameterCount: Int

    /// A GGUF file has everything in it; `textFolder` may name another model's tokenizer and template.
    init(gguf path: String, arch: Architecture?, textFolder: String? = nil) throws(ZondaError) {
        let model = try GGUFModel(path: path)
        let metadata = model.metadata
        let named = try metadata.string("general.architecture")
        if let arch { architecture = arch } else { architecture = try .named(gguf: named) }
        let checkpoint = Checkpoint(model, names: GGUFNames(exceptions: architecture.ggufExceptions))
        weights = checkpoint
        (weightByteCount, parameterCount) = model.sizes
        description = try architecture.describe(try ModelFacts(gguf: metadata, checkpoint: checkpoint))
        if let textFolder {
            text = try TextModel(folder: textFolder)
            defaults = try GenerationDefaults(folder: textFolder) ?? GenerationDefaults()
        } else {
            text = metadata.entries["tokenizer.ggml.tokens"] == nil ? nil : try TextModel(gguf: metadata)
            defaults = GenerationDefaults()
        }
    }

    /// A folder with config.json, safetensors and, for text, a tokenizer.
    init(folder: String, arch: Architecture?) throws(ZondaError) {
        let model = try SafetensorsModel(path: folder)
        let reader = try ConfigurationReader(path: folder + "/config.json")
        if let arch { architecture = arch } else { architecture = try Self.architecture(reader) }
        let checkpoint = Checkpoint(model)
        weights = checkpoint
        (weightByteCount, parameterCount) = model.sizes
        description = try architecture.describe(ModelFacts(hub: reader, checkpoint: checkpoint))
        text = try Tokenizer.path(inFolder: folder) == nil ? nil : TextModel(folder: folder)
        defaults = try GenerationDefaults(folder: folder) ?? GenerationDefaults()
    }

    /// Random weights in the shape of a config.json.
    init(synthetic configuration: String, format: SyntheticFormat) throws(ZondaError) {
        let reader = try ConfigurationReader(path: configuration)
        architecture = try Self.architecture(reader)
        description = try architecture.describe(ModelFacts(hub: reader, checkpoint: nil))
        weights = SyntheticWeights(path: configuration, format: format)
        (text, defaults) = (nil, GenerationDefaults())
        (weightByteCount, parameterCount) = (0, description.parameterCount)
    }

    /// The same with the tokenizer and the template that `options` name.
    func replacingText(_ options: RunnerOptions) throws(ZondaError) -> ModelSource {
        var copy = self
        if let path = options.tokenizerPath {
            copy.text = TextModel(try Tokenizer(path: path), like: text)
        }
        if let template = options.chatTemplate { copy.text = try copy.text?.with(template: template) }
        return copy
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

extension TensorSource {
    /// Bytes and values of all tensors.
    fileprivate var sizes: (byteCount: Int, elementCount: Int) {
        (byteCount, tensors.values.reduce(0) { $0 + $1.elementCount })
    }
}
