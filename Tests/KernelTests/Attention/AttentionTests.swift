import Testing

extension Kernels {
    /// attention_prompt, attention_decode and attention_plain against plain loops in float64, and against each other.
    @Suite struct AttentionTests {
        /// Root of the mean square error, relative to that of the exact result. Measured: 3.0e-4 with f16 (queries and
        /// weights are rounded to it), 1.0e-3 with bf16 (weights are), 3.3e-4 with e4m3, 2e-6 in f32.
        private func error(_ output: [Float], _ exact: [Double]) -> Double {
            let difference = zip(output, exact).reduce(0.0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) }
            return (difference / exact.reduce(0.0) { $0 + $1 * $1 }).squareRoot()
        }

        private func tolerance(_ type: CacheType, _ path: AttentionScene.Path) -> Double {
            path == .plain ? 1e-5 : type == .bf16 ? 2e-3 : 6e-4
        }

        private func check(
            _ player: Player, _ shape: AttentionShape, _ contexts: [Int], _ spans: [AttentionSpan]
        ) throws {
            let scene = try AttentionScene(player, shape, contexts: contexts)
            let exact = scene.exact(spans)
            for path in AttentionScene.Path.allCases where path == .plain || shape.type != .f32 {
                let error = error(try scene.run(spans, path), exact)
                #expect(error < tolerance(shape.type, path), "\(shape), \(path): \(error)")
            }
        }

        static let shapes: [AttentionShape] =
            [16, 20, 32, 64, 80, 96, 112, 128, 192, 256].map { AttentionShape(headSize: $0) } + [
                AttentionShape(heads: 3, kvHeads: 3), AttentionShape(heads: 7, kvHeads: 1, headSize: 128),
                AttentionShape(heads: 16, kvHeads: 2, window: 50), AttentionShape(heads: 40, kvHeads: 1),
                AttentionShape(window: 33, softcap: 20), AttentionShape(headSize: 256, softcap: 5),
                AttentionShape(type: .f32, headSize: 80, window: 77, softcap: 20),
            ]
            + [CacheType.bf16, .e4m3].flatMap { type in
                [16, 64, 128, 256].map { AttentionShape(type: type, headSize: $0, window: $0 == 128 ? 70 : 0) }
            }

        /// A chunk in the middle of a prompt, one token that sees several splits, a token alone on a new page.
        @Test(arguments: shapes) func mixedSteps(_ shape: AttentionShape) throws {
            for player in [.fast(architecture: 90)] + Player.all.filter({ $0 == .gpu }) {
                try check(
                    player, shape, [95, 290, 33],
                    [AttentionSpan(0, 20, 75), AttentionSpan(1, 289, 1), AttentionSpan(2, 32, 1)])
            }
        }

        @Test func longContexts() throws {
            let shape = AttentionShape(heads: 8, kvHeads: 2, headSize: 64)
            try check(
                .fast(architecture: 80), shape, [1500, 1100],
                [
                    AttentionSpan(0, 1499, 1), AttentionSpan(1, 1023, 1), AttentionSpan(1, 1024, 1),
                    AttentionSpan(0, 0, 40),
                ])
        }

        @Test(arguments: Player.emulated.filter(\.isChecked), CacheType.allCases)
        func everyAccess(_ player: Player, _ type: CacheType) throws {
            let shape = AttentionShape(type: type, headSize: 16, window: type == .f16 ? 50 : 0)
            try check(player, shape, [70, 170], [AttentionSpan(0, 3, 67), AttentionSpan(1, 169, 1)])
            // Several pages for each warp.
            guard type == .f16 || type == .e4m3 else { return }
            try check(player, AttentionShape(type: type, headSize: 16), [1060], [AttentionSpan(0, 1059, 1)])
        }

        /// A row's bits depend on the row and its context, not on what else is in the step.
        @Test(arguments: [0, 70], [CacheType.f16, .bf16, .e4m3]) func rowsAlone(_ window: Int, _ type: CacheType) throws
        {
            let shape = AttentionShape(type: type, heads: 6, headSize: 64, window: window)
            let scene = try AttentionScene(.fast(architecture: 90), shape, contexts: [310, 1100, 90])
            let spans = [
                AttentionSpan(0, 200, 1), AttentionSpan(1, 1099, 1), AttentionSpan(2, 0, 90), AttentionSpan(0, 309, 1),
                AttentionSpan(1, 300, 1),
            ]
            let together = try scene.run(spans, .fast)
            var alone: [Float] = []
            for span in spans { alone += try scene.run([span], .fast) }
            #expect(together.words == alone.words)
        }

        /// Where all rows go the prompt's way, a prompt may be cut anywhere.
        @Test(arguments: [(0, 64), (90, 64), (0, 256)]) func chunks(_ window: Int, _ headSize: Int) throws {
            let shape = AttentionShape(heads: 6, headSize: headSize, window: window)
            let scene = try AttentionScene(.fast(architecture: 90), shape, contexts: [310])
            let whole = try scene.run([AttentionSpan(0, 0, 310)], .promptOnly)
            var (pieces, first) = ([Float](), 0)
            for count in [7, 1, 100, 33, 1, 168] {
                pieces += try scene.run([AttentionSpan(0, first, count)], .promptOnly)
                first += count
            }
            #expect(whole.words == pieces.words)
        }
    }
}
