import CZondaKernels
import Glibc
import Testing
import ZondaCUDA

extension Kernels {
    /// combine.cu against double precision.
    @Suite struct CombineKernelTests {
        private func activation(_ kind: Int, _ x: Double) -> Double {
            switch kind {
            case Int(ZONDA_ACTIVATION_SILU.rawValue): x / (1 + exp(-x))
            case Int(ZONDA_ACTIVATION_GELU_TANH.rawValue):
                0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
            case Int(ZONDA_ACTIVATION_GELU.rawValue): 0.5 * x * erfc(-x / 2.0.squareRoot())
            case Int(ZONDA_ACTIVATION_RELU.rawValue): max(x, 0)
            default: max(x, 0) * max(x, 0)
            }
        }

        private func run(
            _ kernel: String, operation: Int, activation kind: Int, width: Int, threads: Int, on player: Player
        ) throws -> Double {
            let bench = try Bench(player)
            var random = Random()
            let rows = 2
            var a = random.floats(rows * width, in: -8...8)
            a.replaceSubrange(0..<4, with: [-30, 30, 0, -1e-4])
            let (b, weight) = (random.floats(rows * width), random.floats(width))
            let first = try bench.buffer(a.words)
            let second = try bench.buffer(b.words)
            let weights = try bench.buffer(weight.words)
            let output = try bench.buffer(Array(repeating: 0, count: rows * width))
            let isNormed = kernel.hasPrefix("combine_normed")
            let pack = kernel.contains("4") ? 4 : 1
            var arguments = zonda_combine_arguments()
            arguments.a = first.address
            arguments.b = second.address
            arguments.output = output.address
            arguments.weight = weights.address
            arguments.a_stride = Int64(width)
            arguments.b_stride = Int64(width)
            arguments.output_stride = Int64(width)
            arguments.width = Int32(width)
            arguments.operation = Int32(operation)
            arguments.activation = Int32(kind)
            arguments.epsilon = 1e-6
            arguments.scale = 0.7
            let columns = (width + 256 * pack - 1) / (256 * pack)
            try bench.launch(
                kernel, in: "combine.cu", grid: isNormed ? .init(rows) : .init(columns, rows), threads: threads,
                shared: isNormed ? 256 : 0, arguments)
            var expected: [Double] = []
            for row in 0..<rows {
                let own = b[row * width..<(row + 1) * width].map(Double.init)
                let factor = 1 / (own.reduce(0) { $0 + $1 * $1 } / Double(width) + 1e-6).squareRoot()
                for i in 0..<width {
                    let x = Double(a[row * width + i])
                    let y = isNormed ? own[i] * factor * Double(weight[i]) : own[i]
                    switch operation {
                    case Int(zonda_combine_add): expected.append(x + Double(Float(0.7)) * y)
                    case Int(zonda_combine_gated): expected.append(activation(kind, x) * y)
                    default: expected.append(activation(kind, x))
                    }
                }
            }
            return worstError(try bench.words(of: output, count: rows * width).floats, expected)
        }

        @Test(arguments: [Player.fast(architecture: 80), .fast(architecture: 90)]) func combines(_ player: Player)
            throws
        {
            for (kernel, width) in [
                ("combine<float, 4>", 1032), ("combine<float, 1>", 301), ("combine_normed<4, 2>", 1032),
                ("combine_normed<4, 8>", 2048), ("combine_normed<1, 8>", 301),
            ] {
                for (operation, kinds) in [(0, 0..<1), (1, 0..<5), (2, 0..<5)] {
                    for kind in kinds {
                        let error = try run(
                            kernel, operation: operation, activation: kind, width: width, threads: 256, on: player)
                        #expect(error < 1e-6, "\(kernel) \(operation) \(kind)")
                    }
                }
            }
        }

        @Test(arguments: Player.checked) func combinesChecked(_ player: Player) throws {
            for kernel in ["combine<float, 4>", "combine_normed<4, 2>"] {
                #expect(try run(kernel, operation: 1, activation: 0, width: 260, threads: 256, on: player) < 1e-6)
            }
        }
    }
}
