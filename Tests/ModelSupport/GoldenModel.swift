import Glibc
import TestSupport
package import ZondaCore
package import ZondaDevice
package import ZondaFormats
package import ZondaModels

/// A tiny model with the answers of another implementation.
package struct GoldenModel {
    package let description: DecoderDescription
    package let checkpoint: Checkpoint
    package let expected: ExpectedLogits

    /// - Parameter name: a folder `models/qwen3` or a file `gguf/qwen3.gguf` of the golden data.
    package init?(_ name: String) throws {
        guard let path = Golden.find(name) else {
            print("\(name) is not in this clone and ../shared/golden is not there: not checked")
            return nil
        }
        if name.hasSuffix(".gguf") {
            (description, checkpoint) = try Self.open(gguf: path)
        } else {
            checkpoint = Checkpoint(try SafetensorsModel(path: path))
            description = try Self.describe(try ConfigurationReader(path: "\(path)/config.json"), checkpoint)
        }
        expected = try ExpectedLogits(name)
    }

    package static func open(gguf path: String) throws -> (DecoderDescription, Checkpoint) {
        let model = try GGUFModel(path: path)
        let architecture = try Architecture.named(gguf: try model.metadata.string("general.architecture"))
        let checkpoint = Checkpoint(model, names: GGUFNames(exceptions: architecture.ggufExceptions))
        return (try architecture.describe(try ModelFacts(gguf: model.metadata, checkpoint: checkpoint)), checkpoint)
    }

    package static func describe(
        _ reader: ConfigurationReader, _ checkpoint: Checkpoint?
    ) throws -> DecoderDescription {
        let architecture = try Architecture.named(hub: try reader.stringArray("architectures")[0])
        return try architecture.describe(try ModelFacts(hub: reader, checkpoint: checkpoint))
    }

    /// - Parameters:
    ///   - isExact: float32 throughout, or what serving uses.
    ///   - kvType: of keys and values, where it is not float32 or what serving uses.
    package func harness(
        on device: any Device, isExact: Bool, kvType: DType? = nil, reach: Int
    ) throws -> DecoderHarness {
        try DecoderHarness(
            description, checkpoint, on: device, kvType: kvType ?? (isExact ? .f32 : .f16),
            compute: isExact ? .float32 : .fast, reach: reach, rows: reach)
    }
}

/// `expected.safetensors` of a golden model.
package struct ExpectedLogits {
    package let inputs: [TokenID]
    /// [tokens, vocabulary], flat.
    package let logits: [Float]
    package let greedyPrompt: [TokenID]
    package let greedy: [TokenID]

    /// The answers to a golden model; those of a GGUF file may lie beside it or with the checkpoint it was made from.
    package init(_ model: String) throws {
        let stem = model.split(separator: "/").last?.split(separator: ".").first ?? ""
        let path = Golden.find("gguf/\(stem).expected.safetensors")
        let file = try SafetensorsModel(
            path: model.hasSuffix(".gguf") && path != nil
                ? path! : Golden.find("models/\(stem)/expected.safetensors") ?? "models/\(stem)/expected.safetensors")
        inputs = try Self.tokens(try file.tensor("input_ids"))
        greedy = try Self.tokens(try file.tensor("greedy"))
        greedyPrompt = try Self.tokens(try file.tensor("greedy_prompt"))
        let values = try file.tensor("logits")
        logits = try Dequantize.values(.f32, try values.bytes(), count: values.elementCount)
    }

    private static func tokens(_ tensor: TensorInfo) throws -> [TokenID] {
        let bytes = try tensor.bytes()
        return (0..<tensor.elementCount).map {
            TokenID(bytes.unsafeLoadUnaligned(fromByteOffset: $0 * 8, as: Int64.self))
        }
    }

    /// The greatest absolute difference; infinite for another number of values or a NaN.
    package func distance(to other: [Float]) -> Float {
        guard other.count == logits.count, other.allSatisfy(\.isFinite) else { return .infinity }
        return zip(logits, other).map { abs($0 - $1) }.max() ?? .infinity
    }

    /// KL(expected || other) in nats, averaged over rows.
    package func divergence(to other: [Float]) -> Double {
        guard other.count == logits.count, other.allSatisfy(\.isFinite) else { return .infinity }
        let width = logits.count / inputs.count
        let rows = inputs.indices.map { row in
            let (p, q) = (
                Self.logSoftmax(logits[row * width..<(row + 1) * width]),
                Self.logSoftmax(other[row * width..<(row + 1) * width])
            )
            return zip(p, q).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) }
        }
        return rows.reduce(0, +) / Double(inputs.count)
    }

    private static func logSoftmax(_ row: ArraySlice<Float>) -> [Double] {
        let highest = Double(row.max() ?? 0)
        let total = log(row.reduce(0) { $0 + exp(Double($1) - highest) })
        return row.map { Double($0) - highest - total }
    }
}
