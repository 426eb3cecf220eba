import CZondaKernels
import Testing
import ZondaCUDA
import ZondaCore

extension Kernels {
    /// Every type of a file: packed, looked up and expanded, with no value changed.
    @Suite struct WeightTests {
        @Test(arguments: PackedTestWeight.kinds.indices, Player.once)
        func everyValueSurvives(_ index: Int, _ player: Player) throws {
            let kind = PackedTestWeight.kinds[index]
            try check(kind, rows: 21, columns: kind.isPlain ? 70 : max(2 * kind.dtype.blockSize, 96), player)
        }

        @Test(arguments: [DType.bf16, .q5_0, .q4_K, .nvfp4], Player.checked)
        func inOrder(_ dtype: DType, _ player: Player) throws {
            let kind = PackedTestWeight.kind(dtype)
            try check(kind, rows: 17, columns: kind.isPlain ? 36 : kind.dtype.blockSize, player)
        }

        @Test func sizes() {
            for kind in PackedTestWeight.kinds {
                let file = 4096 * kind.dtype.byteCount(of: 4096)!
                let bytes = Int(zonda_gpu_weight_bytes(kind.layout, 4096, 4096))
                let isSmall = kind.isExpanded || [.q1_0, .q2_0].contains(kind.dtype)
                #expect(bytes <= (isSmall ? 4096 * 4096 * 9 / 8 : file * 11 / 10), "\(kind): \(bytes) of \(file)")
            }
            #expect(zonda_gpu_weight_bytes(ZONDA_LAYOUT_X8, 4096, 4096) <= 4096 * 4096 * 9 / 8)
            #expect(zonda_gpu_weight_bytes(ZONDA_LAYOUT_Q4_K, 0, 256) == 0)
            #expect(zonda_gpu_weight_bytes(ZONDA_LAYOUT_Q4_K, 16, 1 << 25) == 0)
        }

        private func check(_ kind: PackedTestWeight.Kind, rows: Int, columns: Int, _ player: Player) throws {
            let bench = try Bench(player)
            var random = Random()
            let weight = try PackedTestWeight(kind, rows: rows, columns: columns, on: bench, &random)
            let order = (0..<rows).map { UInt32($0 * 5 % rows) } + [UInt32(rows)]  // the last is no row
            let tokens = Held(try bench.buffer(order))
            let looked = Held(try bench.emptyBuffer(wordCount: order.count * columns))
            let embed = zonda_embed_arguments(
                weight: weight.packed.address, tokens: tokens.address, row_count: 0, output: looked.address,
                output_stride: Int64(columns), vocabulary: Int32(rows), columns: Int32(columns), scale: 0.5,
                rows: Int32(order.count))
            try bench.launch(
                "embed<\(kind.name)>", in: "embed.cu", grid: .init((order.count + 7) / 8, (weight.units + 3) / 4),
                threads: 128, embed)
            let found = try withExtendedLifetime((tokens, weight)) {
                try bench.words(of: looked.buffer, count: order.count * columns).floats
            }
            for (i, row) in order.enumerated() {
                for column in 0..<columns {
                    let expected = Int(row) < rows ? 0.5 * weight.values[Int(row) * columns + column] : 0
                    #expect(found[i * columns + column] == expected, "\(kind) row \(row) column \(column)")
                }
            }
            let stride = (columns + 3) / 4 * 4
            let expanded = Held(try bench.emptyBuffer(wordCount: rows * stride / 2))
            let arguments = zonda_expand_arguments(
                weight: weight.packed.address, output: expanded.address, output_stride: Int64(stride), first_row: 0,
                rows: Int32(rows), columns: Int32(columns))
            try bench.launch(
                "expand<\(kind.name)>", in: "expand.cu", grid: .init((weight.units + 3) / 4, weight.tiles),
                threads: 128,
                arguments)
            let pairs = try withExtendedLifetime(weight) {
                try bench.words(of: expanded.buffer, count: rows * stride / 2)
            }
            for row in 0..<rows {
                for column in 0..<columns {
                    let place = row * stride + column
                    let bits = UInt16(truncatingIfNeeded: pairs[place / 2] >> UInt32(place % 2 * 16))
                    #expect(bits == Narrow.bf16(weight.values[row * columns + column]), "\(kind) \(row) \(column)")
                }
            }
        }
    }
}
