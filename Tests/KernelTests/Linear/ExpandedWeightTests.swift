import CZondaKernels
import DeviceConformance
import ModelSupport
import TestSupport
import Testing
import ZondaCPU
import ZondaCUDA
import ZondaCore
import ZondaDevice
import ZondaFormats
import ZondaModels

extension Kernels {
    /// IQ1, IQ2, IQ3, TQ and Q8_K through the device itself: expanded by the host, packed, looked up and multiplied.
    @Suite struct ExpandedWeightTests {
        static let types = PackedTestWeight.kinds.filter(\.isExpanded).map(\.dtype)

        /// In each way that rows are multiplied, against float64.
        @Test(arguments: types) func products(_ dtype: DType) throws {
            let bench = try DeviceBench(rows: 96)
            let spec = WeightSpec(name: "w", dtype: dtype, rows: 40, columns: 512)
            let (weight, values) = try bench.weight(spec, HostRows(RandomTileSource(spec, seed: 3)))
            var random = Random()
            let inputs = random.floats(70 * spec.columns, in: -2...2)
            let (input, output) = (
                try bench.tensor(rows: 70, columns: spec.columns), try bench.tensor(rows: 70, columns: spec.rows)
            )
            try bench.device.upload(inputs, to: input)
            for rows in [1, 8, 9, 64, 70] {
                let (x, y) = (input.prefix(rows: rows), output.prefix(rows: rows))
                try bench.run([.linear(LinearOp(input: x, parts: [.init(weight)], output: y))], rows: rows)
                let results = try bench.stream.read(y)
                var worst = 0.0
                for row in 0..<rows {
                    for n in 0..<spec.rows {
                        let products = (0..<spec.columns).map {
                            Double(inputs[row * spec.columns + $0]) * Double(values[n * spec.columns + $0])
                        }
                        let size = products.reduce(0) { $0 + $1 * $1 }.squareRoot()
                        let error = abs(Double(results[row * spec.rows + n]) - products.reduce(0, +))
                        worst = error.isNaN ? .infinity : max(worst, error / (size + 1e-3))
                    }
                }
                // Activations are rounded to 11 bits.
                #expect(worst < 1.5e-3, "\(dtype), \(rows) rows: \(worst)")
            }
        }

        /// Rows of the weight come back as the file has them, in as many bytes as the plan says.
        @Test(arguments: types) func rowsAreExact(_ dtype: DType) throws {
            let bench = try DeviceBench(rows: 48)
            // More rows than the last tile has, and more blocks than one item of the host's work.
            let spec = WeightSpec(name: "w", dtype: dtype, rows: 521, columns: 1280)
            let (weight, values) = try bench.weight(spec, HostRows(RandomTileSource(spec, seed: 5)))
            let planned = Int(zonda_gpu_weight_bytes(ZONDA_LAYOUT_X8, 521, 1280))
            #expect(weight.memory.byteCount == planned)
            #expect(try bench.device.layout(of: spec).byteCount == planned)
            #expect(planned * 8 <= 9 * 528 * 1280)
            let tokens = (0..<47).map { $0 * 11 } + [520]
            let output = try bench.tensor(rows: 48, columns: 1280)
            try bench.run([.embed(EmbedOp(weight: weight, output: output))], rows: 48, tokens: tokens)
            let rows = try bench.stream.read(output)
            for (index, token) in tokens.enumerated() {
                let (found, expected) = (
                    rows[index * 1280..<(index + 1) * 1280], values[token * 1280..<(token + 1) * 1280]
                )
                #expect(found.elementsEqual(expected), "\(dtype) row \(token)")
            }
        }

        /// The blocks that the `gguf` package made, with its values.
        @Test(arguments: types.filter { $0 != .q8_K }) func goldenBlocks(_ dtype: DType) throws {
            let bench = try DeviceBench(rows: 64)
            let golden = try SafetensorsModel(path: Golden.path("ggml_types.safetensors"))
            let blocks = try golden.tensor("\(dtype.rawValue).bytes")
            let bytes = try blocks.bytes().withUnsafeBytes { [UInt8]($0) }
            let expected = try golden.tensor("\(dtype.rawValue).values").values()
            let spec = WeightSpec(name: "w", dtype: dtype, rows: 64, columns: 256)
            let weight = try bench.device.pack(spec, from: ByteSource(bytes: bytes, rowByteCount: dtype.blockBytes))
            let output = try bench.tensor(rows: 64, columns: 256)
            try bench.run([.embed(EmbedOp(weight: weight, output: output))], rows: 64, tokens: Array(0..<64))
            let found = try bench.stream.read(output)
            #expect(zip(found, expected).allSatisfy { $0 == $1 || !$0.isFinite && !$1.isFinite })
        }

        /// Whatever bits a file has: its own outputs may be no numbers, the others are as they were.
        @Test(arguments: types) func damagedRows(_ dtype: DType) throws {
            let bench = try DeviceBench(rows: 16)
            let spec = WeightSpec(name: "w", dtype: dtype, rows: 20, columns: 256)
            var bytes: [UInt8] = []
            try RandomTileSource(spec, seed: 9).withRows(0..<20) { bytes = [UInt8]($0) }
            let sound = try bench.device.pack(spec, from: ByteSource(bytes: bytes, rowByteCount: dtype.blockBytes))
            for at in 7 * dtype.blockBytes..<8 * dtype.blockBytes { bytes[at] = 0xFF }
            let damaged = try bench.device.pack(spec, from: ByteSource(bytes: bytes, rowByteCount: dtype.blockBytes))
            let input = try bench.tensor(rows: 9, columns: 256)
            try bench.device.upload((0..<9 * 256).map { Float($0 % 13) - 6 }, to: input)
            let output = try bench.tensor(rows: 9, columns: 40)
            let parts = [LinearOp.Part(sound), LinearOp.Part(damaged)]
            try bench.run([.linear(LinearOp(input: input, parts: parts, output: output))], rows: 9)
            let results = try bench.stream.read(output)
            for row in 0..<9 {
                let (first, second) = (results[row * 40..<row * 40 + 20], results[row * 40 + 20..<row * 40 + 40])
                #expect(first.allSatisfy { $0.isFinite })
                for (index, pair) in zip(first, second).enumerated() where index != 7 { #expect(pair.0 == pair.1) }
            }
        }

        @Test func refusals() throws {
            let device = try Player.fast(architecture: 90).device()
            for (dtype, columns) in [(DType.iq2_XXS, 300), (.tq1_0, 128), (.q8_K, 0), (.iq1_M, -256)] {
                let spec = WeightSpec(name: "blk.0", dtype: dtype, rows: 4, columns: columns)
                expectError(.badTensor, "blk.0", "\(columns)", dtype.rawValue) { _ = try device.layout(of: spec) }
                expectError(.badTensor) {
                    _ = try device.pack(spec, from: ByteSource(bytes: [], rowByteCount: 0))
                }
            }
            // The last block of every row is a byte short.
            let spec = WeightSpec(name: "blk.1", dtype: .iq3_S, rows: 20, columns: 512)
            let short = ByteSource(bytes: [UInt8](repeating: 1, count: 20 * 219), rowByteCount: 219)
            expectError(.badTensor, "blk.1", "4380", "4400") { _ = try device.pack(spec, from: short) }
        }

        /// A model all of whose matrices have such a type, in chunks and step by step, against the reference.
        @Test(arguments: types) func wholeModel(_ dtype: DType) throws {
            let folder = try TemporaryFolder()
            let config = try folder.write("config.json", Self.configuration)
            let description = try GoldenModel.describe(try ConfigurationReader(path: config), nil)
            let weights = HostWeights(weights: SyntheticWeights(path: config, format: .uniform(dtype)))
            let tokens = (0..<27).map { TokenID($0 * 37 % 256) }
            func logits(_ device: any Device, _ compute: ComputeType, _ kvType: DType) throws -> [Float] {
                let decoder = try DecoderLoader.load(description, from: weights, on: device, maxSequenceLength: 32)
                let harness = try DecoderHarness(
                    description, decoder, on: device, kvType: kvType, compute: compute, reach: 32, rows: 24)
                let prompt = try harness.logits(Array(tokens[..<24]), chunk: 20)
                return try prompt + harness.logits(Array(tokens[24...]), chunk: 1)
            }
            let exact = try logits(ReferenceDevice(), .float32, .f32)
            let found = try logits(try Player.fast(architecture: 90).device(), .fast, .f16)
            try #require(exact.count == tokens.count * 256 && found.count == exact.count)
            let divergences = tokens.indices.map { row in
                let range = row * 256..<(row + 1) * 256
                return Softmax.divergence(Array(exact[range]), from: Array(found[range]))
            }
            let mean = divergences.reduce(0, +) / Double(tokens.count)
            print("\(dtype) on the emulated GPU: mean KL \(mean)")
            #expect(mean < 1e-4, "\(dtype)")
        }

        private static let configuration = """
            {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 256, "intermediate_size": 512,
             "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 256,
             "max_position_embeddings": 256, "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "hidden_act": "silu",
             "tie_word_embeddings": false}
            """
    }
}

/// A device with a stream, and what a test runs on it.
private final class DeviceBench {
    let device: CUDADevice
    let stream: any ZondaDevice.Stream

    init(rows: Int) throws {
        device = try Player.fast(architecture: 90).device()
        stream = try device.makeStream(limits: StepLimits(rows: rows, slots: rows, compute: .fast))
    }

    func tensor(rows: Int, columns: Int) throws -> Tensor {
        Tensor(try device.allocate(byteCount: rows * columns * 4), rows: rows, columns: columns)
    }

    /// A packed weight, and its values by the reference, [rows][columns].
    func weight(_ spec: WeightSpec, _ source: some TileSource) throws -> (PackedWeight, [Float]) {
        var bytes: [UInt8] = []
        try source.withRows(0..<spec.rows) { bytes = [UInt8]($0) }
        let values = try Dequantize.values(spec.dtype, bytes.span.bytes, count: spec.rows * spec.columns)
        return (try device.pack(spec, from: source), values)
    }

    /// One step of rows that are each the first of a sequence of their own.
    func run(_ operations: [ZondaDevice.Operation], rows: Int, tokens: [Int]? = nil) throws {
        var inputs = StepInputs()
        inputs.tokens = (tokens ?? Array(repeating: 0, count: rows)).map { TokenID($0) }
        inputs.slots = (0..<Int32(rows)).map { $0 }
        inputs.positions = Array(repeating: 0, count: rows)
        inputs.ropeVariants = Array(repeating: 0, count: rows)
        inputs.spans = (0..<Int32(rows)).map { .init(firstRow: $0, rowCount: 1, firstPosition: 0) }
        try stream.update(inputs)
        try stream.submit(StepKey(.forward, rows: rows, logitRows: 0)) { (encoder) throws(ZondaError) in
            for operation in operations { try encoder.encode(operation) }
        }
    }
}

/// Synthetic weights whose rows the host makes: a GPU would make other ones of these types.
private struct HostWeights: WeightSource {
    var weights: SyntheticWeights
    var path: String { weights.path }

    func matrix(_ description: LinearDescription) throws(ZondaError) -> (WeightSpec, any TileSource) {
        let (spec, rows) = try weights.matrix(description)
        return (spec, HostRows(rows))
    }

    func vector(_ name: String, size: Int, from first: Int, of total: Int?) throws(ZondaError) -> [Float] {
        try weights.vector(name, size: size, from: first, of: total)
    }

    func unusedNames(ignoring suffixes: [String]) -> [String] { weights.unusedNames(ignoring: suffixes) }
}
