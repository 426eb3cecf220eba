import Testing

extension Kernels {
    /// memory.cuh, atomics.cuh, block.cuh and launch.cuh against plain code.
    @Suite struct MemorySelfTests {
        private let file = "selftest_memory.cu"

        @Test(arguments: Player.all) func loads(_ player: Player) throws {
            var random = Random()
            let words = random.words(256)
            let out = try Bench(player).run(
                "selftest_loads", in: file, input: words, outputCount: 1024, threads: 64, shared: 128 + 1024)
            for thread in 0..<64 {
                let own = words.row(thread, of: 4)
                #expect(out.row(thread, of: 16) == own + own + own + own, "thread \(thread)")
            }
        }

        @Test(arguments: Player.all, [false, true]) func atomics(_ player: Player, inShared: Bool) throws {
            let start: [UInt32] = [10, Float(1).bitPattern, UInt32(bitPattern: -9), 300, 0x100, .max, 5, 1000]
            // The float's and the flags' results don't depend on the order, nor do the others'.
            let out = try Bench(player).run(
                "selftest_atomics<\(inShared)>", in: file, input: start, outputCount: 9, count: 10 + 20, threads: 64,
                shared: 32)
            #expect(
                out == [
                    74, Float(33).bitPattern, 58, 37, .max, 0, 77, 1000 + 3 * 64, 20,
                ])
        }

        @Test(arguments: Player.all) func aFlagHandsAValueOver(_ player: Player) throws {
            let out = try Bench(player).run("selftest_flag", in: file, input: [41], outputCount: 3, threads: 64)
            #expect(out == [42, 1, 41])
        }

        @Test(arguments: Player.all) func barriersBetweenWarps(_ player: Player) throws {
            let out = try Bench(player).run(
                "selftest_barriers", in: file, input: [0], outputCount: 32, count: 6, threads: 64, shared: 128)
            for lane in 0..<32 { #expect(out[lane] == UInt32(6 * (31 - lane) + 100 * 15)) }
        }

        @Test(arguments: Player.all) func aChainOfDependentLaunches(_ player: Player) throws {
            let out = try Bench(player).run(
                "selftest_chain", in: file, input: Array(0..<64), outputCount: 64, threads: 64,
                initial: Array(repeating: 2, count: 64), launches: 5)
            for i in 0..<64 {
                let expected = (0..<5).reduce(UInt32(2)) { y, _ in y * 3 + UInt32(i) }
                #expect(out[i] == expected)
            }
        }

        @Test(arguments: Player.all) func theLastBlockAddsUp(_ player: Player) throws {
            let out = try Bench(player).run(
                "selftest_last_block", in: file, input: [0], outputCount: 42, blocks: 40,
                initial: [UInt32](repeating: 0, count: 42))
            #expect(out[0] == 40)
            #expect(out[1] == UInt32((0..<40).reduce(0) { $0 + $1 * 7 + 1 }))
        }
    }
}
