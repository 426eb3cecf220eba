import CZondaKernels
import Glibc
import Testing
import ZondaCUDA

extension Kernels {
    /// experts.cu against plain code.
    @Suite struct ExpertKernelTests {
        struct Shape: CustomStringConvertible {
            var rows: Int
            var ownRows: Int
            var experts: Int
            var top: Int
            var renormalizes: Bool
            var description: String { "\(ownRows) of \(rows) rows, \(top) of \(experts) experts" }
        }

        /// A list of blocks of pairs in the GPU's memory.
        private final class Blocks {
            let rows: Int
            private let blocks: DeviceBuffer
            private let count: DeviceBuffer

            init(_ bench: Bench, rows: Int, capacity: Int) throws {
                self.rows = rows
                blocks = try bench.buffer(Array(repeating: 7, count: capacity * 4))
                count = try bench.buffer([7])
            }

            var list: zonda_expert_block_list {
                zonda_expert_block_list(blocks: blocks.address, count: count.address, rows: Int64(rows))
            }

            func read(_ bench: Bench) throws -> [[Int]] {
                let found = Int(try bench.words(of: count, count: 1)[0])
                let words = try bench.words(of: blocks, count: found * 4).map(Int.init)
                return (0..<found).map { Array(words[$0 * 4..<$0 * 4 + 4]) }
            }
        }

        private func check(_ shape: Shape, on player: Player) throws {
            let bench = try Bench(player)
            var random = Random()
            let (rows, experts, top) = (shape.rows, shape.experts, shape.top)
            // Halves, so that there are ties; one row with a NaN.
            var scores = random.floats(rows * experts).map { ($0 * 2).rounded() / 2 }
            scores[1] = .nan
            let pairs = rows * top
            func zeros(_ count: Int) throws -> DeviceBuffer { try bench.buffer(Array(repeating: 0, count: count)) }
            let input = try bench.buffer(scores.words)
            let own = try bench.buffer([UInt32(shape.ownRows)])
            let chosen = try zeros(pairs)
            let weights = try zeros(pairs)
            let positions = try zeros(pairs)
            let sources = try zeros(pairs)
            let offsets = try zeros(experts + 1)
            // Blocks of 8 rows and of 24, with their numbers behind each other.
            let blocks = [try Blocks(bench, rows: 8, capacity: pairs), try Blocks(bench, rows: 24, capacity: pairs)]
            var arguments = zonda_expert_route_arguments()
            arguments.scores = input.address
            arguments.row_count = own.address
            arguments.lists = zonda_expert_lists(
                experts: chosen.address, weights: weights.address, positions: positions.address,
                source_rows: sources.address, offsets: offsets.address, inner: blocks[0].list, outer: blocks[1].list)
            arguments.scores_stride = Int64(experts)
            arguments.rows = Int32(rows)
            arguments.expert_count = Int32(experts)
            arguments.top = Int32(top)
            arguments.renormalizes = shape.renormalizes ? 1 : 0
            try bench.launch("expert_route", in: "experts.cu", grid: .init((rows + 7) / 8), threads: 256, arguments)
            try bench.launch(
                "expert_group", in: "experts.cu", grid: .init(experts), threads: 256, shared: 128 + 4 * experts,
                arguments)

            var expected: [Int] = []
            let gotWeights = try bench.words(of: weights, count: pairs).floats
            for row in 0..<shape.ownRows {
                let own = scores[row * experts..<(row + 1) * experts].map { $0.isNaN ? -Double.infinity : Double($0) }
                let order = own.indices.sorted { (own[$1], $0) < (own[$0], $1) }.prefix(top)
                let highest = own.max()!
                let sum =
                    shape.renormalizes
                    ? order.reduce(0) { $0 + exp(own[$1] - highest) } : own.reduce(0) { $0 + exp($1 - highest) }
                // Row 0 has the NaN, which is in the sum over all experts.
                for (rank, expert) in order.enumerated() where row > 0 {
                    let error = Double(gotWeights[row * top + rank]) / (exp(own[expert] - highest) / sum) - 1
                    #expect(abs(error) < 2e-6)
                }
                expected += order
            }
            #expect(try bench.words(of: chosen, count: expected.count).map(Int.init) == expected)
            let sorted = expected.indices.sorted { (expected[$0], $0) < (expected[$1], $1) }
            #expect(try bench.words(of: sources, count: sorted.count).map(Int.init) == sorted.map { $0 / top })
            var places = [Int](repeating: 0, count: sorted.count)
            for (place, pair) in sorted.enumerated() { places[pair] = place }
            #expect(try bench.words(of: positions, count: sorted.count).map(Int.init) == places)
            let starts = (0...experts).map { expert in expected.count { $0 < expert } }
            #expect(try bench.words(of: offsets, count: experts + 1).map(Int.init) == starts)
            for list in blocks {
                let cut = (0..<experts).flatMap { expert in
                    stride(from: starts[expert], to: starts[expert + 1], by: list.rows).map { first in
                        [expert, first, min(list.rows, starts[expert + 1] - first), 0]
                    }
                }
                #expect(try list.read(bench) == cut)
                #expect(cut.count <= min(pairs, pairs / list.rows + min(pairs, experts)))
            }
            try checkMix(shape, bench, arguments, &random, places, gotWeights)
        }

        private func checkMix(
            _ shape: Shape, _ bench: Bench, _ route: zonda_expert_route_arguments, _ random: inout Random,
            _ places: [Int], _ weights: [Float]
        ) throws {
            let (width, top) = (20, shape.top)
            let products = random.floats(shape.rows * top * width)
            let base = random.floats(shape.rows * width)
            let input = try bench.buffer(products.words)
            let output = try bench.buffer(base.words)
            var arguments = zonda_expert_mix_arguments()
            arguments.products = input.address
            arguments.residual = output.address
            arguments.output = output.address
            arguments.lists = route.lists
            arguments.products_stride = Int64(width)
            arguments.residual_stride = Int64(width)
            arguments.output_stride = Int64(width)
            arguments.width = Int32(width)
            arguments.top = Int32(top)
            arguments.scale = 0.5
            arguments.row_count = route.row_count
            try bench.launch("expert_mix<4>", in: "experts.cu", grid: .init(1, shape.rows), threads: 256, arguments)
            let got = try bench.words(of: output, count: shape.rows * width).floats
            for row in 0..<shape.rows {
                for column in 0..<width {
                    var sum: Float = 0
                    for rank in 0..<top where row < shape.ownRows {
                        sum += weights[row * top + rank] * products[places[row * top + rank] * width + column]
                    }
                    let value = base[row * width + column] + 0.5 * sum
                    let found = got[row * width + column]
                    #expect(found.bitPattern == value.bitPattern || (found.isNaN && value.isNaN))
                }
            }
        }

        static let shapes = [
            Shape(rows: 3, ownRows: 3, experts: 8, top: 2, renormalizes: true),
            Shape(rows: 40, ownRows: 37, experts: 128, top: 8, renormalizes: true),
            Shape(rows: 300, ownRows: 300, experts: 60, top: 4, renormalizes: false),
        ]

        @Test(arguments: [Player.fast(architecture: 80), .fast(architecture: 90)], shapes)
        func routes(_ player: Player, _ shape: Shape) throws { try check(shape, on: player) }

        @Test(arguments: Player.checked) func routesChecked(_ player: Player) throws {
            try check(Shape(rows: 10, ownRows: 9, experts: 6, top: 3, renormalizes: true), on: player)
        }
    }
}
