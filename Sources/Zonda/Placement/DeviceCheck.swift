import ZondaCPU
import ZondaCore
import ZondaDevice
import ZondaFormats
import ZondaModels

/// Runs a small model of random weights on a device and on the reference device, and compares their logits: what a GPU
/// must pass before it is given a model. Kernels are compiled on the machine where they run, by a compiler and for a GPU
/// that nobody may have tried together before.
struct DeviceCheck {
    /// Rows of the steps of one sequence, on both sides of what kernels switch at; single rows are decoding, and the
    /// last ones replay what the first one recorded.
    private static let steps = [70, 33, 8, 1, 1, 1]
    /// Distances are 1e-3 and less where all is well, and about 1 where a tile or a page is in the wrong place.
    private static let tolerance = 2e-2

    private static let configuration = """
        {"architectures": ["LlamaForCausalLM"], "hidden_size": 256, "intermediate_size": 512, "vocab_size": 320,
         "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "rms_norm_eps": 1e-5,
         "hidden_act": "silu", "max_position_embeddings": 256, "rope_theta": 10000.0, "model_type": "llama",
         "tie_word_embeddings": false}
        """

    /// Takes about a second, and what compiling the kernels takes.
    ///
    /// - Throws: `deviceFailed` when the results differ, with the step and by how much; what the device throws.
    static func run(on device: any Device) throws(ZondaError) {
        let expected = try logits(on: ReferenceDevice(), .float32)
        let values = try logits(on: device, .fast)
        for (rows, (values, expected)) in zip(steps, zip(values, expected)) {
            let distance = distance(values, expected)
            guard distance <= tolerance else {
                throw ZondaError(
                    .deviceFailed,
                    "\(device.info.id) computes wrong results: a step of \(rows) rows of a small model is off by "
                        + "\(distance) of its logits' size, \(tolerance) is allowed",
                    remedy: "report this with the output of `zonda doctor`; until then use `--device cpu`",
                    facts: ["device": device.info.id, "rows": "\(rows)", "distance": "\(distance)"])
            }
        }
    }

    /// The logits of each step, float32 [rows, vocabulary], flat.
    private static func logits(on device: any Device, _ compute: ComputeType) throws(ZondaError) -> [[Float]] {
        let name = "the configuration of the device check"
        let reader = try ConfigurationReader(parsing: Array(configuration.utf8).span, name: name)
        let model = try Architecture.llama.describe(try ModelFacts(hub: reader, checkpoint: nil))
        let count = steps.reduce(0, +)
        let harness = try DecoderHarness(
            model, SyntheticWeights(path: name, format: .q4KM), on: device, kvType: .f16, compute: compute,
            reach: count, rows: steps.max() ?? 1)
        var results: [[Float]] = []
        var position = 0
        for rows in steps {
            results.append(try harness.logits((position..<position + rows).map { TokenID($0 * 37 % 320) }))
            position += rows
        }
        return results
    }

    /// The root mean square of the differences as a share of that of the values; NaN where a value is.
    private static func distance(_ values: [Float], _ expected: [Float]) -> Double {
        guard values.count == expected.count else { return .infinity }
        var (squares, total) = (0.0, 0.0)
        for (value, right) in zip(values, expected) {
            squares += Double(value - right) * Double(value - right)
            total += Double(right) * Double(right)
        }
        return (squares / total).squareRoot()
    }
}
