import TestSupport
import Testing
import ZondaCPU
import ZondaCore
import ZondaDevice
import ZondaFormats

@testable import ZondaModels

struct GoldenModelTests {
    @Test(arguments: ["llama", "qwen2", "qwen3"])
    func ggufOnReference(_ name: String) throws {
        let model = try GGUFModel(path: Golden.path("gguf/\(name).gguf"))
        let architecture = try Architecture.named(gguf: try model.metadata.string("general.architecture"))
        let checkpoint = Checkpoint(model, names: GGUFNames(exceptions: architecture.ggufExceptions))
        let description = try architecture.describe(try ModelFacts(gguf: model.metadata, checkpoint: checkpoint))
        let expected = try ExpectedLogits(name)
        let harness = try DecoderHarness(
            description, checkpoint, on: ReferenceDevice(), kvType: .f32, compute: .float32,
            reach: expected.inputs.count, rows: expected.inputs.count)
        let logits = try harness.logits(expected.inputs)
        let worst = zip(logits, expected.logits).map { abs($0 - $1) }.max() ?? .infinity
        #expect(worst <= 2e-4)
    }
}

/// `expected.safetensors` of a golden model.
struct ExpectedLogits {
    let inputs: [TokenID]
    let logits: [Float]

    init(_ name: String) throws {
        let file = try SafetensorsModel(path: Golden.path("models/\(name)/expected.safetensors"))
        let ids = try file.tensor("input_ids")
        let bytes = try ids.bytes()
        inputs = (0..<ids.elementCount).map {
            TokenID(bytes.unsafeLoadUnaligned(fromByteOffset: $0 * 8, as: Int64.self))
        }
        let values = try file.tensor("logits")
        logits = try Dequantize.values(.f32, try values.bytes(), count: values.elementCount)
    }
}
