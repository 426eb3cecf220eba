import ZondaCore
import ZondaDevice

/// What headers say of a model's weights: matrices that nobody may read, and vectors of zeros.
struct WeightShapes<Source: WeightSource>: WeightSource {
    private var source: Source

    init(_ source: Source) { self.source = source }

    var path: String { source.path }

    mutating func matrix(_ description: LinearDescription) throws(ZondaError) -> (WeightSpec, any TileSource) {
        try source.matrix(description)
    }

    mutating func vector(
        _ name: String, size: Int, from first: Int, of total: Int?
    ) throws(ZondaError) -> [Float] {
        Array(repeating: 0, count: size)
    }

    /// Vectors were not asked for: loading itself finds what is not part of the model.
    func unusedNames(ignoring suffixes: [String]) -> [String] { [] }
}
