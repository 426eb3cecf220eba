public import OrderedCollections
public import ZondaCore

/// The header of one GGUF file: metadata and where each tensor lies. Versions 2 and 3, little-endian.
///
/// Holds copies only, so the bytes that it was parsed from may go away.
///
/// Source: the GGUF specification (`docs/gguf.md` in the ggml repository).
public struct GGUFFile: Sendable {
    public let version: Int
    /// In the file's order.
    public let metadata: GGUFMetadata
    /// By name, in the file's order.
    public let tensors: OrderedDictionary<String, GGUFTensor>
    /// Every tensor begins at a multiple of this from `dataOffset`.
    public let alignment: Int
    /// Where the tensors' bytes begin.
    public let dataOffset: Int

    /// Parses the header and checks that every tensor lies within the file.
    ///
    /// - Parameters:
    ///   - bytes: the whole file.
    ///   - name: the file's path, for messages.
    /// - Throws: `badFile` with the byte offset and the wrong value; `unsupported` for big-endian files, other versions
    ///   and unknown tensor types.
    public init(parsing bytes: RawSpan, name: String) throws(ZondaError) {
        var parser = GGUFParser(reader: ByteReader(bytes, name: name))
        version = try parser.version()
        let tensorCount = try parser.reader.count(cap: GGUFCaps.tensors, "the tensor count")
        let keyCount = try parser.reader.count(cap: GGUFCaps.metadataKeys, "the metadata count")
        metadata = GGUFMetadata(name: name, entries: try parser.metadata(count: keyCount))
        alignment = try metadata.alignment()
        let records = try parser.tensorRecords(count: tensorCount)
        // The file ends at the last tensor's last byte, so without tensors there may be no padding.
        let headerEnd = parser.reader.offset
        dataOffset = headerEnd + (alignment - headerEnd % alignment) % alignment
        var tensors = OrderedDictionary<String, GGUFTensor>(minimumCapacity: tensorCount)
        for record in records {
            let tensor = try record.located(dataOffset: dataOffset, alignment: alignment, in: parser.reader)
            guard tensors.updateValue(tensor, forKey: tensor.name) == nil else {
                throw parser.reader.failure("tensor \(tensor.name) is there twice")
            }
        }
        try checkDisjoint(tensors.values, parser.reader)
        self.tensors = tensors
    }
}

/// A tensor of a GGUF file.
public struct GGUFTensor: Sendable, Hashable {
    public let name: String
    public let dtype: DType
    /// Row-major, as other frameworks write it: `[rows, columns]`, which is GGUF's list of dimensions reversed.
    public let shape: [Int]
    /// From the start of the file.
    public let offset: Int
    public let byteCount: Int
}

private func checkDisjoint(_ tensors: some Collection<GGUFTensor>, _ reader: borrowing ByteReader) throws(ZondaError) {
    let sorted = tensors.sorted { ($0.offset, $0.byteCount) < ($1.offset, $1.byteCount) }
    for (first, second) in zip(sorted, sorted.dropFirst()) where first.offset + first.byteCount > second.offset {
        throw reader.failure(
            "tensors \(first.name) and \(second.name) overlap: bytes \(first.offset)..<\(first.offset + first.byteCount) "
                + "and from \(second.offset)")
    }
}
