public import OrderedCollections
public import ZondaCore

/// A GGUF model: one file, or all parts of a split one.
///
/// ```swift
/// let model = try GGUFModel(path: "mistral-7b-00001-of-00003.gguf")
/// let layers = try model.metadata.int("llama.block_count")
/// let embedding = try model.tensor("token_embd.weight")
/// ```
public struct GGUFModel: TensorSource {
    public let path: String
    /// Of the first part.
    public let metadata: GGUFMetadata
    public let tensors: OrderedDictionary<String, TensorInfo>
    /// The parts' paths, in order.
    public let files: [String]

    /// Maps the file at `path` and, when it is one part of a split model, all others beside it.
    ///
    /// - Throws: `notFound` for a missing part, `badFile` when parts do not fit together; see `GGUFFile` and
    ///   `MappedFile` for the rest.
    public init(path: String) throws(ZondaError) {
        let opened = try GGUFPart(path)
        let count = try opened.splitCount()
        guard count > 1 else {
            self.path = path
            metadata = opened.header.metadata
            files = [path]
            var tensors: OrderedDictionary<String, TensorInfo> = [:]
            try opened.add(to: &tensors)
            self.tensors = tensors
            return
        }
        let names = try GGUFSplitName(path, count: count)
        var tensors: OrderedDictionary<String, TensorInfo> = [:]
        var first: GGUFMetadata?
        for index in 0..<count {
            let part = try index == names.index ? opened : GGUFPart(names.path(of: index))
            try part.checkSplit(index: index, count: count)
            try part.add(to: &tensors)
            first = first ?? part.header.metadata
        }
        self.path = path
        metadata = first ?? opened.header.metadata
        files = (0..<count).map(names.path)
        self.tensors = tensors
        if let expected = try metadata.optionalInt("split.tensors.count"), expected != tensors.count {
            throw ZondaError(
                .badFile, "\(path): split.tensors.count is \(expected) and the \(count) parts have \(tensors.count)",
                remedy: "the parts belong to different models; fetch all of them again")
        }
    }
}

/// One mapped file with its header.
private struct GGUFPart {
    let file: MappedFile
    let header: GGUFFile

    init(_ path: String) throws(ZondaError) {
        let mapped = try MappedFile(path)
        header = try GGUFFile(parsing: try mapped.bytes(), name: path)
        file = mapped
    }

    func splitCount() throws(ZondaError) -> Int {
        let count = try header.metadata.optionalInt("split.count") ?? 1
        guard (0...GGUFCaps.splits).contains(count) else {
            throw ZondaError(
                .badFile, "\(file.path): split.count is \(count); up to \(GGUFCaps.splits) parts can be named",
                remedy: "fetch the file again")
        }
        return count
    }

    func checkSplit(index: Int, count: Int) throws(ZondaError) {
        let (itsIndex, itsCount) = (try header.metadata.int("split.no"), try splitCount())
        guard itsIndex == index, itsCount == count else {
            throw ZondaError(
                .badFile, "\(file.path): is part \(itsIndex) of \(itsCount), expected \(index) of \(count)",
                remedy: "the parts belong to different models or were renamed; fetch all of them again")
        }
    }

    func add(to tensors: inout OrderedDictionary<String, TensorInfo>) throws(ZondaError) {
        for tensor in header.tensors.values {
            let info = TensorInfo(
                name: tensor.name, shape: tensor.shape, storedType: tensor.dtype.rawValue, file: file,
                offset: tensor.offset, byteCount: tensor.byteCount)
            guard let other = tensors.updateValue(info, forKey: tensor.name) else { continue }
            throw ZondaError(
                .badFile, "\(file.path): tensor \(tensor.name) is also in \(other.file.path)",
                remedy: "the parts belong to different models; fetch all of them again")
        }
    }
}

/// The name of a split model's part: `PREFIX-00001-of-00003.gguf`, the first number counted from 1.
private struct GGUFSplitName {
    let prefix: String
    let count: Int
    /// Of the part that was named, from 0.
    let index: Int

    init(_ path: String, count: Int) throws(ZondaError) {
        // The longest possible ending: "-00001-of-00003.gguf".
        let ending = Array(path.utf8.suffix(20))
        let text = String(decoding: ending, as: UTF8.self)
        guard ending.count == 20, text.hasPrefix("-"), text.hasSuffix("-of-\(Self.digits(count)).gguf"),
            let number = Int(text.dropFirst().prefix(5)), (1...count).contains(number)
        else {
            throw ZondaError(
                .badFile, "\(path): one of \(count) parts, not named like NAME-00001-of-\(Self.digits(count)).gguf",
                remedy: "give the parts the names back that they were published with")
        }
        self.count = count
        index = number - 1
        prefix = String(decoding: path.utf8.dropLast(20), as: UTF8.self)
    }

    func path(of index: Int) -> String {
        "\(prefix)-\(Self.digits(index + 1))-of-\(Self.digits(count)).gguf"
    }

    private static func digits(_ number: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, 5 - text.count)) + text
    }
}
