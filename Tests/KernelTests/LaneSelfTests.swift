import Testing

extension Kernels {
    /// warp.cuh against plain code.
    @Suite struct LaneSelfTests {
        private let file = "selftest_lanes.cu"
        private let words: [UInt32] = {
            var random = Random()
            return random.words(32)
        }()

        @Test(arguments: Player.all) func shuffles(_ player: Player) throws {
            let out = try Bench(player).run("selftest_shuffles", in: file, input: words, outputCount: 320)
            for lane in 0..<32 {
                func group(_ width: Int, _ from: Int) -> Int {
                    let first = lane / width * width
                    return from >= first && from < first + width ? from : lane
                }
                // An exclusive-or that leaves its group upwards stays; downwards it reaches the lower group.
                let exclusive = lane ^ 12 < lane / 8 * 8 + 8 ? lane ^ 12 : lane
                let sources = [
                    (lane * 5 + 3) % 32, lane ^ 9, max(lane - 3, 0) == lane - 3 ? lane - 3 : lane,
                    lane + 5 < 32 ? lane + 5 : lane, lane / 8 * 8 + (lane + 1) % 8, exclusive, group(4, lane - 1),
                    group(16, lane + 2), lane ^ 1,
                ]
                #expect(out.row(lane, of: 10) == sources.map { words[$0] } + [UInt32(lane ^ 1)], "lane \(lane)")
            }
        }

        @Test(arguments: Player.all) func votesAndReductions(_ player: Player) throws {
            let out = try Bench(player).run("selftest_votes", in: file, input: words, outputCount: 14 * 32)
            let signed = words.map { Int32(bitPattern: $0) }
            let expected: [UInt32] = [
                (0..<32).reduce(0) { $0 | (words[$1] & 1) << UInt32($1) }, 0, 1, 1, 0, words.reduce(0, &+),
                UInt32(bitPattern: signed.max()!), UInt32(bitPattern: signed.min()!), words.max()!, words.min()!,
                words.reduce(.max, &), words.reduce(0, |) ^ words.reduce(0, ^), Float(496).bitPattern,
                Float(31).bitPattern,
            ]
            for lane in 0..<32 { #expect(out.row(lane, of: 14) == expected, "lane \(lane)") }
        }

        @Test(arguments: Player.all) func lanesThatGoDifferentWays(_ player: Player) throws {
            let out = try Bench(player).run(
                "selftest_divergence", in: file, input: words, outputCount: 32, shared: 128)
            var x = words
            for _ in 0..<3 {
                let old = x
                for lane in 0..<16 { x[lane] = old[lane] &+ old[lane ^ 1] }
            }
            let highest = words[16..<24].max()!
            for lane in 16..<24 { x[lane] = highest }
            for lane in 24..<32 { x[lane] = words[lane ^ 1] }
            #expect(out == (0..<32).map { x[$0] &+ x[31 - $0] })
        }
    }
}
