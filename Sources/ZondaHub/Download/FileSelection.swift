import OrderedCollections
import ZondaCore
import ZondaFormats

/// Which of a repository's files a model needs.
struct FileSelection: Sendable {
    /// What of a model is asked for.
    enum Purpose: Sendable { case model, text }

    /// Configuration, tokenizer, template: as Zonda reads them.
    let side: [HubFile]
    /// The index of shards, which says what else is needed.
    let index: HubFile?
    /// The weights that are known without the index.
    let weights: [HubFile]
    /// Files that a reader of this kind of model looks for and that the repository does not have.
    let absent: [String]

    /// - Throws: `notFound` for a file or a type that is not there, with what is; `badRequest` where several models could
    ///   be meant; `unsupported` for a repository without weights that Zonda reads.
    init(_ files: [HubFile], of reference: ModelReference, _ purpose: Purpose) throws(ZondaError) {
        let byPath = Dictionary(files.map { ($0.path, $0) }) { first, _ in first }
        if purpose == .text {
            self.init(files: byPath, index: nil, weights: [])
            return
        }
        switch reference.choice {
        case .file(let path):
            guard let file = byPath[path] else { throw Self.noFile(path, files, reference.id) }
            let group = GGUFGroup.all(among: files.map(\.path)).first { $0.parts.contains { $0.path == path } }
            self.init(
                only: try group.map { (group) throws(ZondaError) in
                    try Self.files(of: group, byPath, reference.id)
                } ?? [file])
        case .quantization(let wanted):
            let groups = GGUFGroup.all(among: files.map(\.path))
            let matches = GGUFGroup.matching(wanted, among: groups)
            guard let group = matches.first else {
                throw Self.choose(groups, byPath, reference.id, .notFound, "has no GGUF file in \(wanted)")
            }
            guard matches.count == 1 else {
                throw Self.choose(matches, byPath, reference.id, .badRequest, "has several GGUF files in \(wanted)")
            }
            self.init(only: try Self.files(of: group, byPath, reference.id))
        case nil:
            if let single = byPath["model.safetensors"] {
                self.init(files: byPath, index: nil, weights: [single])
            } else if let index = byPath["model.safetensors.index.json"] {
                self.init(files: byPath, index: index, weights: [])
            } else {
                self.init(only: try Self.preferredGGUF(files, byPath, reference.id))
            }
        }
    }

    private init(only files: [HubFile]) {
        (side, index, weights, absent) = ([], nil, files, [])
    }

    private init(files: [String: HubFile], index: HubFile?, weights: [HubFile]) {
        // Of two tokenizers the first is read.
        let tokenizer = files["tokenizer.json"] == nil ? "tokenizer.model" : "tokenizer.json"
        let wanted = [
            "config.json", "generation_config.json", tokenizer, "tokenizer_config.json", "chat_template.jinja",
        ]
        side = wanted.compactMap { files[$0] }
        absent = (wanted + Self.lookedFor).filter { files[$0] == nil }
        self.index = index
        self.weights = weights
    }

    /// What transformers asks for besides: that it is not there spares it a look at the network.
    private static let lookedFor = ["special_tokens_map.json", "added_tokens.json", "tokenizer.json"]

    /// The shards that an index names.
    static func shards(_ index: SafetensorsIndex, _ files: [HubFile], of id: HubID) throws(ZondaError) -> [HubFile] {
        let byPath = Dictionary(files.map { ($0.path, $0) }) { first, _ in first }
        var shards: [HubFile] = []
        for name in index.shards.keys {
            guard let file = byPath[name] else {
                throw ZondaError(
                    .notFound, "\(id): model.safetensors.index.json names \(name), which the repository does not have",
                    remedy: "tell its makers, or name another --revision")
            }
            shards.append(file)
        }
        return shards
    }

    private static func preferredGGUF(
        _ files: [HubFile], _ byPath: [String: HubFile], _ id: HubID
    ) throws(ZondaError) -> [HubFile] {
        let groups = GGUFGroup.all(among: files.map(\.path))
        let preferred = GGUFGroup.matching(ModelLocator.preferredQuantization, among: groups)
        if groups.count == 1 || preferred.count == 1, let group = preferred.first ?? groups.first {
            return try Self.files(of: group, byPath, id)
        }
        guard groups.isEmpty else { throw choose(groups, byPath, id, .badRequest, "has \(groups.count) GGUF models") }
        let others = files.map(\.path).filter { path in
            [".bin", ".pth", ".pt", ".onnx", ".h5", ".msgpack", ".safetensors"].contains { path.hasSuffix($0) }
        }
        let has = others.isEmpty ? "no weights at all" : others.prefix(5).joined(separator: ", ")
        throw ZondaError(
            .unsupported, "\(id) has neither model.safetensors nor GGUF files; it has \(has)",
            remedy: "look for a conversion of it to safetensors or GGUF")
    }

    private static func files(
        of group: GGUFGroup, _ byPath: [String: HubFile], _ id: HubID
    ) throws(ZondaError) -> [HubFile] {
        guard group.isComplete else {
            throw ZondaError(
                .notFound,
                "\(id): of the \(group.parts[0].partCount) parts of \(group.parts[0].model) only "
                    + "\(group.parts.map { "\($0.part)" }.joined(separator: ", ")) are there",
                remedy: "tell its makers, or name another file")
        }
        return group.parts.compactMap { byPath[$0.path] }
    }

    private static func choose(
        _ groups: [GGUFGroup], _ byPath: [String: HubFile], _ id: HubID, _ code: ZondaError.Code, _ problem: String
    ) -> ZondaError {
        guard !groups.isEmpty else {
            return ZondaError(
                .notFound, "\(id) \(problem), nor in any other type", remedy: "pull \(id) without a type")
        }
        let isAmbiguous = Set(groups.map(\.label)).count < groups.count
        let listed = groups.map { group in
            let byteCount = group.parts.compactMap { byPath[$0.path]?.byteCount }.reduce(0, +)
            return "\(isAmbiguous ? group.parts[0].path : group.label) (\(ByteCount.text(byteCount)))"
        }
        return ZondaError(
            code, "\(id) \(problem)", remedy: "name one as \(id):NAME; there are: \(listed.joined(separator: ", "))")
    }

    private static func noFile(_ path: String, _ files: [HubFile], _ id: HubID) -> ZondaError {
        let nearest = NearestNames.names(to: path, among: files.map(\.path))
        return ZondaError(
            .notFound, "\(id) has no file \(path)",
            remedy: nearest.isEmpty ? "it is empty" : "there are: \(nearest.joined(separator: ", "))")
    }
}
