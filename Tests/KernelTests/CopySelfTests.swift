import Testing

extension Kernels {
    /// async.cuh and bulk.cuh against plain code.
    @Suite struct CopySelfTests {
        private let file = "selftest_copies.cu"

        @Test(arguments: Player.all) func copies(_ player: Player) throws {
            var random = Random()
            let words = random.words(128)
            let out = try Bench(player).run(
                "selftest_copies", in: file, input: words, outputCount: 12 * 32, shared: 3 * 512)
            for thread in 0..<32 {
                let own = words.row(thread, of: 4)
                let part = own.enumerated().map { $0.offset < thread / 8 ? $0.element : 0 }
                #expect(out.row(thread, of: 12) == part + own + [own[3], 0, own[1], own[0]], "thread \(thread)")
            }
        }

        @Test(arguments: Player.all, [1, 3, 11]) func aRingOfBulkCopies(_ player: Player, rounds: Int) throws {
            var random = Random()
            let words = random.words(rounds * 128)
            let out = try Bench(player).run(
                "selftest_ring", in: file, input: words, outputCount: 64, count: rounds, threads: 64,
                shared: 3 * 512 + 2 * 32)
            for thread in 0..<64 {
                let expected = (0..<rounds).reduce(UInt32(0)) { sum, round in
                    sum &+ (words[round * 128 + thread] &+ words[round * 128 + thread + 64]) &* UInt32(round + 1)
                }
                #expect(out[thread] == expected, "thread \(thread)")
            }
        }
    }
}
