import CZondaKernels
import Testing
import ZondaCore

extension Kernels {
    /// Products of every layout in both kernels against float64, and the same bits whatever a row's company.
    @Suite struct LinearTests {
        /// f16 activations round to 2^-12, two bf16 terms to 2^-17.
        private func tolerance(_ kind: PackedTestWeight.Kind) -> Double { kind.isBFloat ? 5e-5 : 1.5e-3 }

        @Test(arguments: PackedTestWeight.kinds.indices, Player.once)
        func everyLayout(_ index: Int, _ player: Player) throws {
            let kind = PackedTestWeight.kinds[index]
            let bench = try Bench(player)
            // Not a multiple of a record, nor (for plain numbers) of a unit.
            let columns = kind.isPlain ? 424 : kind.dtype.blockSize == 256 ? 1280 : 640
            let some = try LinearCase([(kind.dtype, rows: 40)], rows: 13, columns: columns, on: bench)
            let few = try LinearCase([(kind.dtype, rows: 40)], rows: 3, columns: columns, on: bench)
            let alone = try few.run(.few(prepares: true), on: bench)
            let together = try some.run(
                .many(tiles: 2, splits: 2, stages: kind.isBFloat ? 3 : 4, terms: kind.terms), on: bench)
            #expect(few.worstError(alone) < tolerance(kind))
            #expect(some.worstError(together) < tolerance(kind))
            #expect(Array(together[0..<alone.count]) == alone)
        }

        @Test(arguments: Player.once) func partsOfTwoLayouts(_ player: Player) throws {
            let bench = try Bench(player)
            let parts: [(DType, rows: Int)] = [(.q4_K, rows: 48), (.q4_K, rows: 20), (.q6_K, rows: 33)]
            var layer = try LinearCase(parts, rows: 8, columns: 1024, on: bench)
            let fused = try layer.run(.few(prepares: true), on: bench)
            #expect(layer.worstError(fused) < 1.5e-3)
            #expect(try layer.run(.few(prepares: false), on: bench, blocks: 7) == fused)
            layer.norm = ZONDA_NORM_LAYER
            layer.softcap = 3
            #expect(layer.worstError(try layer.run(.few(prepares: true), on: bench)) < 1.5e-3)
            layer.norm = ZONDA_NORM_NONE
            layer.trueRows = 5
            let cut = try layer.run(.few(prepares: true), on: bench)
            #expect(cut.dropFirst(5 * layer.width).allSatisfy { $0 == 0 })
        }

        @Test(arguments: [0, 1, 2, 3, 4], Player.once) func gates(_ activation: Int, _ player: Player) throws {
            let bench = try Bench(player)
            var layer = try LinearCase([(.q4_K, rows: 72), (.q4_K, rows: 72)], rows: 5, columns: 512, on: bench)
            layer.combine = ZONDA_COMBINE_GATED
            layer.activation = zonda_activation_kind(UInt32(activation))
            let few = try layer.run(.few(prepares: true), on: bench)
            #expect(layer.worstError(few) < 2e-3)
            #expect(try layer.run(.many(tiles: 8, splits: 2, stages: 4, terms: 1), on: bench) == few)
            #expect(layer.worstError(try layer.run(.many(tiles: 12, splits: 1, stages: 4, terms: 1), on: bench)) < 2e-3)
            layer.combine = ZONDA_COMBINE_ACTIVATION
            #expect(layer.worstError(try layer.run(.few(prepares: true), on: bench)) < 2e-3)
        }

        @Test(arguments: [(DType.q4_0, 16), (.q4_1, 8), (.q4_K, 12), (.q6_K, 12), (.bf16, 16)], Player.once)
        func manyRows(_ type: (DType, tiles: Int), _ player: Player) throws {
            let bench = try Bench(player)
            let layer = try LinearCase([(type.0, rows: 40), (type.0, rows: 140)], rows: 131, columns: 512, on: bench)
            let output = try layer.run(.many(tiles: type.tiles, splits: 1, stages: 4, terms: 1), on: bench)
            #expect(layer.worstError(output) < (type.0 == .bf16 ? 2e-2 : 1.5e-3))
        }

        /// Both rings, all copies late, every order of threads.
        @Test(arguments: Player.checked + [.checked(architecture: 80, order: .random)])
        func checked(_ player: Player) throws {
            let bench = try Bench(player)
            for dtype in [DType.q8_0, .q4_K] {
                var layer = try LinearCase([(dtype, rows: 20)], rows: 3, columns: 512, on: bench)
                layer.trueRows = 2
                let few = try layer.run(.few(prepares: true), on: bench, blocks: 2)
                #expect(layer.worstError(few) < 1.5e-3)
                let many = try layer.run(.many(tiles: 2, splits: 2, stages: 4, terms: 1), on: bench)
                #expect(many == few)
            }
        }
    }
}
