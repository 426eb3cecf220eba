import CZondaKernels
import Testing
import ZondaCUDA
import ZondaDevice

extension Kernels {
    /// measure.cu does the work that is counted.
    @Suite struct MeasureKernelTests {
        private static let threads = Int(ZONDA_MEASURE_THREADS)

        @Test(arguments: Player.emulated) func reading(_ player: Player) throws {
            let bench = try Bench(player)
            var random = Random()
            let pieces = 3
            let words = random.words(pieces * Int(ZONDA_READ_PIECE_BYTES) / 4)
            let input = try bench.buffer(words)
            for blocks in [1, 2, 5] {
                let output = try bench.emptyBuffer(wordCount: blocks * Self.threads)
                try bench.launch(
                    "read_all", in: "measure.cu", grid: .init(blocks), threads: Self.threads,
                    zonda_read_arguments(input: input.address, output: output.address, piece_count: Int64(pieces)))
                let sums = try bench.words(of: output, count: blocks * Self.threads)
                #expect(sums.reduce(0, &+) == words.reduce(0, &+))
                #expect(sums[0] != 0, "a block reads its own pieces")
            }
        }

        /// Two f16 in [1, 2), as the kernel makes them.
        private static func pair(_ seed: UInt32) -> (Double, Double) {
            let bits = 0x3C00_3C00 | (((seed &* 0x9E37_79B1) >> 5) & 0x03FF_03FF)
            func value(_ half: UInt32) -> Double { Double(Float16(bitPattern: UInt16(truncatingIfNeeded: half))) }
            return (value(bits), value(bits >> 16))
        }

        /// The sum of all of D is that of the columns of A times the rows of B.
        @Test(arguments: Player.emulated) func multiplying(_ player: Player) throws {
            let bench = try Bench(player)
            var a = [Double](repeating: 0, count: 16)
            var b = [Double](repeating: 0, count: 16)
            for lane in 0..<32 {
                let k = 2 * (lane % 4)
                for register in 0..<4 {
                    let (low, high) = Self.pair(UInt32(lane * 6 + register + 1))
                    let column = k + register / 2 * 8
                    a[column] += low
                    a[column + 1] += high
                }
                for register in 0..<2 {
                    let (low, high) = Self.pair(UInt32(lane * 6 + register + 5))
                    b[k + register * 8] += low
                    b[k + register * 8 + 1] += high
                }
            }
            let (rounds, blocks) = (3, 2)
            let output = try bench.emptyBuffer(wordCount: blocks * Self.threads)
            try bench.launch(
                "multiply_all", in: "measure.cu", grid: .init(blocks), threads: Self.threads,
                zonda_products_arguments(output: output.address, rounds: Int32(rounds)))
            let sums = try bench.words(of: output, count: blocks * Self.threads).floats
            let one = zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } * Double(rounds * ZONDA_PRODUCT_CHAINS)
            for first in stride(from: 0, to: sums.count, by: 32) {
                let warp = sums[first..<first + 32].reduce(0) { $0 + Double($1) }
                #expect(abs(warp - one) < one * 1e-5)
            }
            #expect(ZONDA_PRODUCT_OPERATIONS == 2 * 16 * 8 * 16)
        }

        @Test func aDeviceMeasuresItself() throws {
            let limits = try Player.fast(architecture: 90).device().measureLimits(compute: .fast)
            #expect(limits.readBandwidth > 1e6)
            #expect(limits.quantizedPeak == limits.floatPeak)
            #expect(limits.floatPeak.operationsPerSecond > 1e6)
        }
    }
}
