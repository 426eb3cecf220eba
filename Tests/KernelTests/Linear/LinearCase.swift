import CZondaKernels
import EmulatedKernels
import Glibc
import ZondaCUDA
import ZondaCore

extension Player {
    /// For tests that compare values rather than schedules.
    static let once: [Player] = [.fast(architecture: 90)] + (system.problem == nil ? [.gpu] : [])
}

/// A linear layer on random rows: run by either kernel, and in float64.
struct LinearCase {
    enum Kernel {
        /// Blocks prepare rows themselves, or prepare_rows does.
        case few(prepares: Bool)
        case many(tiles: Int, splits: Int, stages: Int, terms: Int)
    }

    let weights: [PackedTestWeight]
    let rows: Int
    /// The first of the launch's rows that exist.
    var trueRows: Int
    var norm = ZONDA_NORM_RMS
    var combine = ZONDA_COMBINE_CONCATENATE
    var activation = ZONDA_ACTIVATION_SILU
    var softcap: Float = 0
    let input, normWeight, normBias, bias, residual: [Float]

    var columns: Int { weights[0].columns }
    var width: Int { combine == ZONDA_COMBINE_GATED ? weights[0].rows : weights.reduce(0) { $0 + $1.rows } }

    init(_ parts: [(DType, rows: Int)], rows: Int, columns: Int, on bench: Bench) throws {
        var random = Random()
        weights = try parts.map {
            try PackedTestWeight(PackedTestWeight.kind($0.0), rows: $0.rows, columns: columns, on: bench, &random)
        }
        (self.rows, trueRows) = (rows, rows)
        // Of each row the same numbers whatever its company; sizes that f16 alone could not hold.
        var values: [Float] = []
        for row in 0..<rows {
            let size: Float = [1, 3e5, 1e-6][row % 3]
            values += random.floats(columns, in: -1...1).enumerated().map { $1 * size * ($0 % 97 == 3 ? 30 : 1) }
        }
        input = values
        var other = Random(state: 77)
        normWeight = other.floats(columns, in: 0.5...1.5)
        normBias = other.floats(columns, in: -0.1...0.1)
        bias = other.floats(parts.reduce(0) { $0 + $1.rows }, in: -1...1)
        residual = other.floats(rows * bias.count, in: -1...1)
    }

    func run(_ kernel: Kernel, on bench: Bench, blocks: Int = 3) throws -> [Float] {
        let (kinds, first) = (weights.map(\.kind), weights[0].kind)
        let second = kinds.first { $0.name != first.name } ?? first
        let terms = if case .many(_, _, _, let terms) = kernel { terms } else { first.terms }
        let held = try [input, normWeight, normBias, bias, residual].map { Held(try bench.buffer($0.words)) }
        let rowCount = Held(try bench.buffer([UInt32(trueRows)]))
        let output = Held(try bench.buffer([UInt32](repeating: 0, count: rows * width)))
        let rowArguments = zonda_row_arguments(
            input: held[0].address, norm_weight: norm == ZONDA_NORM_NONE ? 0 : held[1].address,
            norm_bias: norm == ZONDA_NORM_LAYER ? held[2].address : 0, row_count: rowCount.address,
            input_stride: Int64(columns), norm: Int32(norm.rawValue), epsilon: 1e-5, rows: Int32(rows),
            columns: Int32(columns))

        var arguments = zonda_linear_arguments()
        arguments.rows = rowArguments
        var (tile, column) = (0, 0)
        let parts = weights.map { weight in
            let part = zonda_linear_part(
                weight: weight.packed.address, bias: held[3].address + UInt64(column * 4), rows: Int32(weight.rows),
                first_tile: Int32(tile), output_column: combine == ZONDA_COMBINE_GATED ? 0 : Int32(column),
                layout: weight.kind.name == first.name ? 0 : 1)
            tile += weight.tiles
            column += weight.rows
            return part
        }
        withUnsafeMutableBytes(of: &arguments.parts) { to in parts.withUnsafeBytes { to.copyMemory(from: $0) } }
        arguments.part_count = Int32(parts.count)
        arguments.residual = held[4].address
        arguments.residual_stride = Int64(width)
        arguments.output = output.address
        arguments.output_stride = Int64(width)
        arguments.combine = Int32(combine.rawValue)
        arguments.activation = Int32(activation.rawValue)
        arguments.scale = 0.75
        arguments.softcap = softcap
        arguments.residual_scale = 0.5

        let stride = Int(zonda_gpu_activation_stride(Int32(columns)))
        let sumStride = Int(zonda_gpu_sum_stride(Int32(columns)))
        let plane = Held(try bench.emptyBuffer(wordCount: terms * rows * stride / 2))
        let sums = Held(try bench.emptyBuffer(wordCount: rows * sumStride))
        let scales = Held(try bench.emptyBuffer(wordCount: rows))
        arguments.prepared = zonda_prepared_rows(
            values: plane.address, sums: sums.address, scales: scales.address, plane_stride: Int64(rows * stride))
        func prepare() throws {
            try bench.launch(
                "prepare_rows<\(first.isBFloat ? "bf16" : "f16"), \(terms)>", in: "prepare_rows.cu", grid: .init(rows),
                threads: 256, shared: 96, zonda_prepare_arguments(rows: rowArguments, output: arguments.prepared))
        }

        switch kernel {
        case .few(let prepares):
            if !prepares { try prepare() }
            let stages = min(first.stages, second.stages)
            var shared = 8 * stages * max(first.slotBytes, second.slotBytes) + 64 * stages + 8192 + 96 + 32
            if prepares { shared += terms * rows * stride * 2 + rows * sumStride * 4 }
            try bench.launch(
                "linear_few<\(first.name), \(second.name), 1, \(terms), \(stages), \(prepares)>", in: "linear_few.cu",
                grid: .init(blocks), threads: 256, shared: shared, arguments)
        case .many(let tiles, let splits, let stages, _):
            try prepare()
            let slots = first.isLong ? 2 * first.unitBytes : stages * 2 * first.unitBytes
            let outputs = combine == ZONDA_COMBINE_GATED ? 64 / splits : 128 / splits
            let counted = combine == ZONDA_COMBINE_GATED ? [weights[0]] : weights
            try bench.launch(
                "linear_many<\(first.name), \(tiles), \(terms), \(splits), \(stages)>", in: "linear_many.cu",
                grid: .init(
                    (rows + tiles * 8 - 1) / (tiles * 8), counted.reduce(0) { $0 + ($1.rows + outputs - 1) / outputs }),
                threads: 256, shared: max(stages * 1024 * tiles * splits * terms + 8 * slots, 4096 * tiles), arguments)
        }
        return try withExtendedLifetime((held, rowCount, plane, sums, scales, weights)) {
            try bench.words(of: output.buffer, count: rows * width).floats
        }
    }

    /// The largest error of an output, as a share of what random signs would give its products: √Σ (w x)².
    func worstError(_ output: [Float]) -> Double {
        var worst = 0.0
        for row in 0..<trueRows {
            let x = normed(row)
            var (results, sizes): ([[Double]], [[Double]]) = ([], [])
            var offset = 0
            for weight in weights {
                var (values, size) = ([Double](), [Double]())
                for n in 0..<weight.rows {
                    var (sum, squares) = (0.0, 0.0)
                    for i in 0..<columns {
                        let product = x[i] * Double(weight.values[n * columns + i])
                        sum += product
                        squares += product * product
                    }
                    var value = 0.75 * (sum + Double(bias[offset + n]))
                    if softcap != 0 { value = Double(softcap) * tanh(value / Double(softcap)) }
                    values.append(value)
                    size.append(0.75 * squares.squareRoot())
                }
                offset += weight.rows
                results.append(values)
                sizes.append(size)
            }
            var column = 0
            for part in results.indices where !(combine == ZONDA_COMBINE_GATED && part == 1) {
                for n in results[part].indices {
                    var (value, size) = (results[part][n], sizes[part][n])
                    if combine != ZONDA_COMBINE_CONCATENATE {
                        size *= 1 + (activation == ZONDA_ACTIVATION_RELU_SQUARED ? 2 * abs(value) : 0)
                        value = activated(value)
                    }
                    if combine == ZONDA_COMBINE_GATED {
                        size = size * (abs(results[1][n]) + sizes[1][n]) + abs(value) * sizes[1][n]
                        value *= results[1][n]
                    }
                    let exact = Double(residual[row * width + column]) + 0.5 * value
                    let error = abs(Double(output[row * width + column]) - exact)
                    worst = error.isNaN ? .infinity : max(worst, error / (size + 1e-3 + 1e-3 * abs(value)))
                    column += 1
                }
            }
        }
        return worst
    }

    private func normed(_ row: Int) -> [Double] {
        var x = input[row * columns..<(row + 1) * columns].map(Double.init)
        guard norm != ZONDA_NORM_NONE else { return x }
        let mean = norm == ZONDA_NORM_LAYER ? x.reduce(0, +) / Double(columns) : 0
        x = x.map { $0 - mean }
        let factor = 1 / (x.reduce(0) { $0 + $1 * $1 } / Double(columns) + 1e-5).squareRoot()
        return x.indices.map {
            x[$0] * factor * Double(normWeight[$0]) + (norm == ZONDA_NORM_LAYER ? Double(normBias[$0]) : 0)
        }
    }

    private func activated(_ x: Double) -> Double {
        switch activation {
        case ZONDA_ACTIVATION_SILU: x / (1 + exp(-x))
        case ZONDA_ACTIVATION_GELU_TANH: 0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
        case ZONDA_ACTIVATION_GELU: 0.5 * x * (1 + erf(x / 2.0.squareRoot()))
        case ZONDA_ACTIVATION_RELU: max(x, 0)
        default: max(x, 0) * max(x, 0)
        }
    }
}
