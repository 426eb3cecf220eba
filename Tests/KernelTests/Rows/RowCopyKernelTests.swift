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
            let (input, rows) = (try bench.buffer(x.words), try bench.buffer(indices))
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
            let (source, target) = (try bench.buffer(words), try bench.buffer(Array(repeating: 7, count: 1024)))
            var arguments = zonda_copy_arguments()
            arguments.source = source.address
            arguments.destination = target.address
            arguments.value = 9
            for (kernel, count, expected) in [
                ("copy_words<uint4>", 250, Array(words[..<1000]) + Array(repeating: 7, count: 24)),
                ("copy_words<uint32_t>", 1001, Array(words[..<1001]) + Array(repeating: 7, count: 23)),
                ("fill_words<uint4>", 3, Array(repeating: 9, count: 12) + words[12..<1001]
                    + Array(repeating: 7, count: 23)),
                ("fill_words<uint32_t>", 1023, Array(repeating: 9, count: 1023) + [7]),
            ] {
                arguments.words = Int64(count)
                try bench.launch(kernel, in: "row_copies.cu", grid: .init(2), threads: 256, arguments)
                #expect(try bench.words(of: target, count: 1024) == expected, "\(kernel)")
            }
        }

        @Test(arguments: Player.all) func resolvesLastSamples(_ player: Player) throws {
            let bench = try Bench(player)
            let given: [Int32] = [5, -1, -1, 7], slots: [Int32] = [0, 2, 1, 1], last: [Int32] = [10, 11, 12]
            let buffers = (
                try bench.structs(given), try bench.structs(slots), try bench.structs(last),
                try bench.buffer([0, 0, 0, 0])
            )
            let arguments = zonda_resolve_arguments(
                given: buffers.0.address, slots: buffers.1.address, last_samples: buffers.2.address,
                tokens: buffers.3.address, rows: 4)
            try bench.launch("resolve_tokens", in: "row_copies.cu", grid: .init(1), threads: 256, arguments)
            #expect(try bench.words(of: buffers.3, count: 4) == [5, 12, 11, 7])
        }
    }
}
