import Glibc
import TestSupport
import ZondaCPU
import ZondaCore
import ZondaDevice
import ZondaFormats
import ZondaModels

/// A tiny model with the answers of another implementation.
struct GoldenModel {
    let description: DecoderDescription
    let checkpoint: Checkpoint
    let expected: ExpectedLogits

    /// - Parameter name: a folder `models/qwen3` or a file `gguf/qwen3.gguf` of the golden data.
    init?(_ name: String) throws {
        guard let path = Golden.find(name) else {
            print("\(name) is not in this clone and ../shared/golden is not there: not checked")
            return nil
        }
        if name.hasSuffix(".gguf") {
            let model = try GGUFModel(path: path)
            let architecture = try Architecture.named(gguf: try model.metadata.string("general.architecture"))
            checkpoint = Checkpoint(model, names: GGUFNames(exceptions: architecture.ggufExceptions))
            description = try architecture.describe(try ModelFacts(gguf: model.metadata, checkpoint: checkpoint))
        } else {
            checkpoint = Checkpoint(try SafetensorsModel(path: path))
            description = try Self.describe(try ConfigurationReader(path: "\(path)/config.json"), checkpoint)
        }
        expected = try ExpectedLogits(name)
    }

    static func describe(
        _ reader: ConfigurationReader, _ checkpoint: Checkpoint
    ) throws -> DecoderDescription {
        let architecture = try Architecture.named(hub: try reader.stringArray("architectures")[0])
        return try architecture.describe(try ModelFacts(hub: reader, checkpoint: checkpoint))
    }

    func harness(_ subject: Subject, reach: Int) throws -> DecoderHarness {
        try DecoderHarness(
            description, checkpoint, on: try subject.device.make(), kvType: subject.isExact ? .f32 : .f16,
            compute: subject.isExact ? .float32 : .fast, reach: reach, rows: reach)
    }
}

/// A device and how it computes.
struct Subject: Sendable, CustomStringConvertible {
    enum Device: String, CaseIterable, Sendable {
        case reference, cpu

        func make() throws -> any ZondaDevice.Device {
            switch self {
            case .reference: ReferenceDevice()
            case .cpu: try CPUDevice(threads: 2)
            }
        }
    }

    var device: Device
    /// Float32 throughout, or what serving uses.
    var isExact: Bool

    static let all = Device.allCases.flatMap {
        [Subject(device: $0, isExact: true), Subject(device: $0, isExact: false)]
    }

    var description: String { "\(device.rawValue) \(isExact ? "float32" : "default")" }
}

/// `expected.safetensors` of a golden model.
struct ExpectedLogits {
    let inputs: [TokenID]
    /// [tokens, vocabulary], flat.
    let logits: [Float]
    let greedyPrompt: [TokenID]
    let greedy: [TokenID]

    /// The answers to a golden model; those of a GGUF file may lie beside it or with the checkpoint it was made from.
    init(_ model: String) throws {
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
    func distance(to other: [Float]) -> Float {
        guard other.count == logits.count, other.allSatisfy(\.isFinite) else { return .infinity }
        return zip(logits, other).map { abs($0 - $1) }.max() ?? .infinity
    }

    /// KL(expected || other) in nats, averaged over rows.
    func divergence(to other: [Float]) -> Double {
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
