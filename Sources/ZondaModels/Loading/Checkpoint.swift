import OrderedCollections
public import ZondaCore
public import ZondaDevice
public import ZondaFormats

/// A model's tensors under the names that its description uses, with a record of what was read.
public struct Checkpoint: WeightSource {
    public let source: any TensorSource
    public var path: String { source.path }
    /// Nil when the file has the checkpoint's own names.
    private let ggufNames: GGUFNames?
    private let nesting: Nesting
    private var used: Set<String> = []

    public init(_ source: any TensorSource, names: GGUFNames? = nil) {
        self.source = source
        ggufNames = names
        nesting = names == nil ? Nesting(source) : .none
    }

    /// Whether the file has the tensor `name`.
    public func contains(_ name: String) -> Bool {
        guard let place = place(of: name) else { return false }
        return source.tensors[place.name] != nil
    }

    /// The rows of the matrix `name`, for a configuration that does not say.
    func rowCount(of name: String) throws(ZondaError) -> Int {
        try source.tensor(place(of: name)?.name ?? name).rowCount
    }

    public mutating func matrix(_ description: LinearDescription) throws(ZondaError) -> (WeightSpec, any TileSource) {
        let name = description.name + ".weight"
        let (tensor, place) = try find(name)
        let rows = place.matrix.map(tensor.rows(of:)) ?? 0..<tensor.rowCount
        let expected = [description.fusedRows ?? description.rows, description.columns]
        guard rows.count == expected[0], tensor.columnCount == expected[1], rows.upperBound <= tensor.rowCount else {
            throw mismatch(tensor, name, expected: expected)
        }
        let first = rows.lowerBound + description.firstRow
        let spec = WeightSpec(
            name: name, dtype: try tensor.dtype, rows: description.rows, columns: description.columns)
        return (spec, FileRows(tensor: tensor, rows: first..<first + description.rows))
    }

    public mutating func vector(
        _ name: String, size: Int, from first: Int, of total: Int?
    ) throws(ZondaError) -> [Float] {
        let (tensor, _) = try find(name)
        guard tensor.elementCount == total ?? size else { throw mismatch(tensor, name, expected: [total ?? size]) }
        let values = try tensor.values()
        return Array(values[first..<first + size])
    }

    public func unusedNames(ignoring suffixes: [String]) -> [String] {
        source.tensors.keys.filter { name in
            !used.contains(name) && !nesting.ignores(name) && !suffixes.contains { name.hasSuffix($0) }
        }
    }

    private func place(of name: String) -> GGUFNames.Place? {
        ggufNames.map { $0.place(of: name) } ?? GGUFNames.Place(name: nesting.apply(name))
    }

    private mutating func find(_ name: String) throws(ZondaError) -> (TensorInfo, GGUFNames.Place) {
        guard let place = place(of: name) else {
            throw ZondaError(
                .badTensor, "\(source.path): GGUF has no name for tensor \(name)",
                remedy: "use the safetensors version of this model", facts: ["tensor": name])
        }
        used.insert(place.name)
        return (try source.tensor(place.name), place)
    }

    private func mismatch(_ tensor: TensorInfo, _ name: String, expected: Shape) -> ZondaError {
        ZondaError(
            .badTensor,
            "\(source.path): tensor \(tensor.name) has shape \(tensor.shape), the configuration needs \(expected)",
            remedy: "the configuration and the weights belong to different models; fetch both again",
            facts: ["tensor": name, "shape": "\(tensor.shape)", "expected": "\(expected)"])
    }
}
