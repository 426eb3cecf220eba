import CZondaKernels
import Glibc
import Testing
import ZondaCUDA

extension Kernels {
    /// norm.cu against double precision.
    @Suite struct NormKernelTests {
        struct Shape: CustomStringConvertible {
            var kernel: String
            var width: Int
            var segments: Int
            var threads: Int
            var description: String { "\(kernel) \(segments) x \(width)" }
            var isPerWarp: Bool { kernel.hasPrefix("norm_heads") }
        }

        static let shapes = [
            Shape(kernel: "norm_rows<float, 4, 2>", width: 4096, segments: 1, threads: 512),
            Shape(kernel: "norm_rows<float, 4, 2>", width: 576, segments: 1, threads: 96),
            Shape(kernel: "norm_rows<float, 4, 8>", width: 5120, segments: 1, threads: 640),
            Shape(kernel: "norm_rows<float, 1, 16>", width: 1111, segments: 2, threads: 96),
            Shape(kernel: "norm_heads<4>", width: 128, segments: 5, threads: 256),
            Shape(kernel: "norm_heads<1>", width: 67, segments: 3, threads: 256),
        ]

        private func run(_ shape: Shape, isLayer: Bool, on player: Player) throws -> Double {
            let bench = try Bench(player)
            var random = Random()
            let (rows, width, columns) = (3, shape.width, shape.width * shape.segments)
            let stride = (columns + 7) / 4 * 4
            let x = random.floats(rows * stride)
            let (weight, bias) = (random.floats(width), random.floats(width))
            let values = try bench.buffer(x.words)
            let weights = try bench.buffer(weight.words)
            let biases = try bench.buffer(bias.words)
            var arguments = zonda_norm_arguments()
            arguments.input = values.address
            arguments.output = values.address
            arguments.weight = weights.address
            arguments.bias = isLayer ? biases.address : 0
            arguments.input_stride = Int64(stride)
            arguments.output_stride = Int64(stride)
            arguments.width = Int32(width)
            arguments.segments = Int32(shape.segments)
            arguments.rows = Int32(rows)
            arguments.is_layer = isLayer ? 1 : 0
            arguments.epsilon = 1e-5
            let grid =
                shape.isPerWarp
                ? LaunchShape.Extent((rows * shape.segments + 7) / 8) : LaunchShape.Extent(shape.segments, rows)
            try bench.launch(
                shape.kernel, in: "norm.cu", grid: grid, threads: shape.threads, shared: shape.isPerWarp ? 0 : 256,
                arguments)

            var expected = x.map(Double.init)
            for start in (0..<rows).flatMap({ row in (0..<shape.segments).map { row * stride + $0 * width } }) {
                let own = expected[start..<start + width]
                let mean = isLayer ? own.reduce(0, +) / Double(width) : 0
                let variance = own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
                for i in 0..<width {
                    let scaled = (expected[start + i] - mean) / sqrt(variance + 1e-5) * Double(weight[i])
                    expected[start + i] = scaled + (isLayer ? Double(bias[i]) : 0)
                }
            }
            return worstError(try bench.words(of: values, count: rows * stride).floats, expected)
        }

        @Test(arguments: [Player.fast(architecture: 80), .fast(architecture: 90)], shapes)
        func normalizes(_ player: Player, _ shape: Shape) throws {
            for isLayer in [false, true] { #expect(try run(shape, isLayer: isLayer, on: player) < 1e-6) }
        }

        @Test(arguments: Player.checked, [shapes[1], shapes[4]])
        func normalizesChecked(_ player: Player, _ shape: Shape) throws {
            #expect(try run(shape, isLayer: true, on: player) < 1e-6)
        }
    }
}
