public import ZondaCore
import ZondaFormats

/// The tensors of a safetensors file as numbers.
public struct TensorFile {
    private let file: SafetensorsModel

    public init(_ path: String) throws { file = try SafetensorsModel(path: path) }

    public func contains(_ name: String) -> Bool { (try? file.tensor(name)) != nil }

    public func shape(_ name: String) throws -> [Int] { try file.tensor(name).shape }

    /// A float32 tensor's values.
    public func floats(_ name: String) throws -> [Float] {
        let tensor = try file.tensor(name)
        return try Dequantize.values(.f32, try tensor.bytes(), count: tensor.elementCount)
    }

    /// A float32 matrix's rows.
    public func rows(_ name: String) throws -> [[Float]] {
        let (values, columns) = (try floats(name), try shape(name).last ?? 1)
        return stride(from: 0, to: values.count, by: columns).map { Array(values[$0..<$0 + columns]) }
    }

    /// An int64 tensor's values.
    public func tokens(_ name: String) throws -> [TokenID] {
        let tensor = try file.tensor(name)
        let bytes = try tensor.bytes()
        return (0..<tensor.elementCount).map {
            TokenID(truncatingIfNeeded: bytes.unsafeLoadUnaligned(fromByteOffset: $0 * 8, as: Int64.self))
        }
    }
}
