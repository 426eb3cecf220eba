import CZondaKernels
import Testing
import ZondaCUDA

extension Kernels {
    /// row_copies.cu: exact.
    @Suite struct RowCopyKernelTests {
        @Test(arguments: Player.all) func gathersAndConverts(_ player: Player) throws {
            let bench = try Bench(player)
            var random = Random()
            let (width, indices) = (52, [UInt32(2), 0, 2])
            let x = random.floats(3 * width, in: -300...300)
            let input = try bench.buffer(x.words)
            let rows = try bench.buffer(indices)
            for (kernel, hasIndices) in [
                ("gather<float, 4>", true), ("gather<float, 1>", true), ("gather<bf16, 4>", false),
                ("gather<f16, 1>", true),
            ] {
                let output = try bench.buffer(Array(repeating: 0, count: 3 * width))
                var arguments = zonda_gather_arguments()
                arguments.input = input.address
                arguments.indices = hasIndices ? rows.address : 0
                arguments.output = output.address
                arguments.input_stride = Int64(width)
                arguments.output_stride = Int64(width)
                arguments.width = Int32(width)
                try bench.launch(kernel, in: "row_copies.cu", grid: .init(1, 3), threads: 256, arguments)
                let words = try bench.words(of: output, count: 3 * width)
                for row in 0..<3 {
                    let from = hasIndices ? Int(indices[row]) : row
                    for column in 0..<width {
                        let (value, index) = (x[from * width + column], row * width + column)
                        let half = words[index / 2] >> UInt32(index % 2 * 16) & 0xFFFF
                        if kernel.contains("float") {
                            #expect(words[index] == value.bitPattern)
                        } else if kernel.contains("bf16") {
                            let bits = value.bitPattern
                            #expect(half == (bits + 0x7FFF + bits >> 16 & 1) >> 16)
                        } else {
                            #expect(half == UInt32(Float16(value).bitPattern))
                        }
                    }
                }
            }
        }

        @Test(arguments: Player.all) func copiesAndFills(_ player: Player) throws {
            let bench = try Bench(player)
            var random = Random()
            let words = random.words(1024)
            let source = try bench.buffer(words)
            let target = try bench.buffer(Array(repeating: 7, count: 1024))
            var arguments = zonda_copy_arguments()
            arguments.source = source.address
            arguments.destination = target.address
            arguments.value = 9
            // What each does to the words at the beginning: the rest stays.
            let copied = Array(words[..<1001])
            let steps: [(kernel: String, count: Int, written: [UInt32])] = [
                ("copy_words<uint4>", 250, Array(copied[..<1000])), ("copy_words<uint32_t>", 1001, copied),
                ("fill_words<uint4>", 3, Array(repeating: 9, count: 12)),
                ("fill_words<uint32_t>", 1023, Array(repeating: 9, count: 1023)),
            ]
            var expected = [UInt32](repeating: 7, count: 1024)
            for (kernel, count, written) in steps {
                expected.replaceSubrange(0..<written.count, with: written)
                arguments.words = Int64(count)
                try bench.launch(kernel, in: "row_copies.cu", grid: .init(2), threads: 256, arguments)
                #expect(try bench.words(of: target, count: 1024) == expected, "\(kernel)")
            }
        }

        @Test(arguments: Player.all) func resolvesLastSamples(_ player: Player) throws {
            let bench = try Bench(player)
            let given: [Int32] = [5, -1, -1, 7]
            let slots: [Int32] = [0, 2, 1, 1]
            let last: [Int32] = [10, 11, 12]
            let tokens = try bench.structs(given)
            let own = try bench.structs(slots)
            let samples = try bench.structs(last)
            let output = try bench.buffer([0, 0, 0, 0])
            let arguments = zonda_resolve_arguments(
                given: tokens.address, slots: own.address, last_samples: samples.address,
                tokens: output.address, rows: 4)
            try bench.launch("resolve_tokens", in: "row_copies.cu", grid: .init(1), threads: 256, arguments)
            #expect(try bench.words(of: output, count: 4) == [5, 12, 11, 7])
        }
    }
}
