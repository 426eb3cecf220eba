import OrderedCollections
public import ZondaCore
import ZondaDevice
public import ZondaFormats

/// What a model's files say about it: config.json or GGUF metadata, read strictly, and which tensors there are.
///
/// Reads take the hub's key and GGUF's (without the architecture's prefix); nil where one of them can't say it.
/// Not `Sendable`: the reader notes which keys were read.
public struct ModelFacts {
    enum Source {
        case hub(ConfigurationReader)
        case gguf(GGUFMetadata, prefix: String)
    }

    let source: Source
    /// Nil for a configuration without weights.
    let checkpoint: Checkpoint?

    /// Facts from config.json; for a multimodal model from its `text_config`.
    public init(hub reader: ConfigurationReader, checkpoint: Checkpoint?) throws(ZondaError) {
        source = .hub(try reader.optionalObject("text_config") ?? reader)
        self.checkpoint = checkpoint
    }

    public init(gguf metadata: GGUFMetadata, checkpoint: Checkpoint) throws(ZondaError) {
        source = .gguf(metadata, prefix: try metadata.string("general.architecture"))
        self.checkpoint = checkpoint
    }

    var isGGUF: Bool { if case .gguf = source { true } else { false } }

    /// What keys count as that config.json leaves out. GGUF states all that it has a key for.
    func setDefaults(_ defaults: [String: JSONValue]) {
        if case .hub(let reader) = source { reader.defaults = defaults }
    }

    func optionalInt(_ hub: String?, _ gguf: String?) throws(ZondaError) -> Int? {
        switch source {
        case .hub(let reader): return try hub.flatMap { (key) throws(ZondaError) in try reader.optionalInt(key) }
        case .gguf(let metadata, let prefix):
            return try gguf.flatMap { (key) throws(ZondaError) in try metadata.optionalInt("\(prefix).\(key)") }
        }
    }

    func optionalDouble(_ hub: String?, _ gguf: String?) throws(ZondaError) -> Double? {
        switch source {
        case .hub(let reader): return try hub.flatMap { (key) throws(ZondaError) in try reader.optionalDouble(key) }
        case .gguf(let metadata, let prefix):
            return try gguf.flatMap { (key) throws(ZondaError) in try metadata.optionalDouble("\(prefix).\(key)") }
        }
    }

    func double(_ hub: String, _ gguf: String) throws(ZondaError) -> Double {
        guard let value = try optionalDouble(hub, gguf) else { throw missing(hub, gguf) }
        return value
    }

    /// A number above zero.
    func optionalPositive(_ hub: String?, _ gguf: String?) throws(ZondaError) -> Float? {
        guard let value = try optionalDouble(hub, gguf) else { return nil }
        guard value > 0, Float(value).isFinite, Float(value) > 0 else {
            throw bad(hub, gguf, value: "\(value)", supported: "a positive number")
        }
        return Float(value)
    }

    /// A boolean that only config.json has.
    func optionalBool(_ hub: String) throws(ZondaError) -> Bool? {
        guard case .hub(let reader) = source else { return nil }
        return try reader.optionalBool(hub)
    }

    /// A list that only config.json has.
    func optionalInts(_ hub: String) throws(ZondaError) -> [Int]? {
        guard case .hub(let reader) = source else { return nil }
        return try reader.optionalIntArray(hub)
    }

    /// A list that only config.json has.
    func optionalStrings(_ hub: String) throws(ZondaError) -> [String]? {
        guard case .hub(let reader) = source else { return nil }
        return try reader.optionalStringArray(hub)
    }

    /// Checks a switch of config.json that the family was written for one position of.
    func expect(_ hub: String, _ supported: Bool) throws(ZondaError) {
        if case .hub(let reader) = source { try reader.expect(hub, supported) }
    }

    /// A count of at least one.
    func size(_ hub: String, _ gguf: String) throws(ZondaError) -> Int {
        guard let value = try optionalSize(hub, gguf) else { throw missing(hub, gguf) }
        return value
    }

    func optionalSize(
        _ hub: String?, _ gguf: String?, upTo limit: Int = maxSize
    ) throws(ZondaError) -> Int? {
        guard let value = try optionalInt(hub, gguf) else { return nil }
        guard (1...limit).contains(value) else {
            throw bad(hub, gguf, value: "\(value)", supported: "1 to \(limit)")
        }
        return value
    }

    /// A side of a matrix.
    func width(_ hub: String, _ gguf: String) throws(ZondaError) -> Int {
        guard let value = try optionalSize(hub, gguf, upTo: Self.maxWidth) else { throw missing(hub, gguf) }
        return value
    }

    /// Far above any model's sizes, and small enough that products of two of them can't overflow.
    static let maxSize = 1 << 28

    /// Far above any model's, and small enough that the values of all matrices of all layers can be counted.
    static let maxWidth = 1 << 20

    /// Whether there is a tensor `name`; all there could be, where there are no weights.
    func contains(_ name: String) -> Bool { checkpoint?.contains(name) ?? true }

    /// Rows of the embedding: GGUF need not state the vocabulary's size.
    func vocabularyCount() throws(ZondaError) -> Int {
        if let count = try optionalSize("vocab_size", nil) { return count }
        guard let checkpoint else { throw missing("vocab_size", "vocab_size") }
        return try checkpoint.rowCount(of: "model.embed_tokens.weight")
    }

    /// Whether the head is the embedding's matrix: as config.json says, else by whether there is another.
    func isTied() throws(ZondaError) -> Bool {
        try optionalBool("tie_word_embeddings") ?? !contains("lm_head.weight")
    }

    /// Whether parts have biases: as config.json says, or in GGUF, whether layer 0 has the tensor.
    func hasBias(_ hub: String, tensor: String, default absent: Bool) throws(ZondaError) -> Bool {
        isGGUF ? contains("model.layers.0.\(tensor)") : try optionalBool(hub) ?? absent
    }

    /// The activation that config.json names; GGUF leaves it to the architecture.
    func activation(_ key: String, gguf: Activation) throws(ZondaError) -> Activation {
        guard case .hub(let reader) = source else { return gguf }
        let name = try reader.string(key)
        guard let activation = Self.activations[name] else {
            throw bad(key, nil, value: name, supported: Self.activations.keys.sorted().joined(separator: ", "))
        }
        return activation
    }

    private static let activations: [String: Activation] = [
        "silu": .silu, "swish": .silu, "gelu": .gelu, "gelu_pytorch_tanh": .geluTanh, "gelu_new": .geluTanh,
        "gelu_fast": .geluTanh, "relu": .relu, "relu2": .reluSquared,
    ]

    /// The small tensor `name` of a GGUF file (rope divisors), or nil.
    func ggufVector(_ name: String) throws(ZondaError) -> [Double]? {
        guard isGGUF, let tensor = checkpoint?.source.tensors[name] else { return nil }
        return try tensor.values().map { Double($0) }
    }

    func missing(_ hub: String, _ gguf: String) -> ZondaError {
        ZondaError(
            .badConfiguration, "\(name): \(key(hub, gguf)) is missing",
            remedy: "fetch the model's configuration again", facts: ["key": key(hub, gguf)])
    }

    func bad(_ hub: String?, _ gguf: String?, value: String, supported: String) -> ZondaError {
        ZondaError(
            .badConfiguration, "\(name): \(key(hub, gguf)) is \(value)", remedy: "supported: \(supported)",
            facts: ["key": key(hub, gguf), "value": value])
    }

    var name: String {
        switch source {
        case .hub(let reader): reader.name
        case .gguf(let metadata, _): metadata.name
        }
    }

    private func key(_ hub: String?, _ gguf: String?) -> String {
        switch source {
        case .hub: hub ?? ""
        case .gguf(_, let prefix): "\(prefix).\(gguf ?? "")"
        }
    }
}
