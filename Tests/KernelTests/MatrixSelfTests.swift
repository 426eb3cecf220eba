import Testing

extension Kernels {
    /// tensor_cores.cuh against plain code: the layouts of fragments, and their products.
    @Suite struct MatrixSelfTests {
        private let file = "selftest_lanes.cu"

        @Test(arguments: Player.all) func loads(_ player: Player) throws {
            var random = Random()
            let words = random.words(128)
            let out = try Bench(player).run(
                "selftest_matrix_loads", in: file, input: words, outputCount: 14 * 32, shared: 512)
            /// Element [row][column] of 16 bits of a matrix.
            func element(_ matrix: Int, _ row: Int, _ column: Int) -> UInt32 {
                words[(matrix * 8 + row) * 4 + column / 2] >> UInt32(column % 2 * 16) & 0xFFFF
            }
            for lane in 0..<32 {
                let (g, t) = (lane / 4, lane % 4)
                let straight = (0..<4).map { element($0, g, 2 * t) | element($0, g, 2 * t + 1) << 16 }
                let transposed = (0..<4).map { element($0, 2 * t, g) | element($0, 2 * t + 1, g) << 16 }
                let expected = [straight, transposed].flatMap { [$0[0], $0[0], $0[1]] + $0 }
                #expect(out.row(lane, of: 14) == expected, "lane \(lane)")
            }
        }

        enum Kind: Int, CaseIterable, Sendable {
            case bf16, f16, s8, e4m3

            var perWord: Int { self == .bf16 || self == .f16 ? 2 : 4 }
            var bitCount: Int { 32 / perWord }

            func random(_ random: inout Random) -> UInt32 {
                let value = Float.random(in: -3...3, using: &random)
                return switch self {
                case .bf16: UInt32(Narrow.bf16(value))
                case .f16: UInt32(Narrow.f16(value))
                case .s8: UInt32(UInt8.random(in: 0...255, using: &random))
                case .e4m3: UInt32(Narrow.e4m3(value))
                }
            }
            func value(_ bits: UInt32) -> Double {
                switch self {
                case .bf16: Double(Narrow.float(bf16: UInt16(bits)))
                case .f16: Double(Narrow.float(f16: UInt16(bits)))
                case .s8: Double(Int8(truncatingIfNeeded: bits))
                case .e4m3: Double(Narrow.float(e4m3: UInt8(bits)))
                }
            }
        }

        @Test(arguments: Player.all, Kind.allCases) func products(_ player: Player, _ kind: Kind) throws {
            let bench = try Bench(player)
            guard kind != .e4m3 || bench.architecture >= 89 else { return }
            var random = Random()
            let k = 8 * kind.perWord
            let a = (0..<16).map { _ in (0..<k).map { _ in kind.random(&random) } }
            let b = (0..<k).map { _ in (0..<8).map { _ in kind.random(&random) } }
            let c = (0..<16).map { _ in (0..<8).map { _ in Float(Int.random(in: -50...50, using: &random)) } }

            /// Elements of one register, the lowest bits first.
            func word(_ elements: (Int) -> UInt32) -> UInt32 {
                (0..<kind.perWord).reduce(0) { $0 | elements($1) << UInt32($1 * kind.bitCount) }
            }
            func sum(_ x: Float) -> UInt32 { kind == .s8 ? UInt32(bitPattern: Int32(x)) : x.bitPattern }
            let input: [UInt32] = (0..<32).flatMap { lane -> [UInt32] in
                let (g, first) = (lane / 4, lane % 4 * kind.perWord)
                let registers = [(g, 0), (g + 8, 0), (g, k / 2), (g + 8, k / 2)].map { row, start in
                    word { a[row][start + first + $0] }
                }
                let others = [0, k / 2].map { start in word { b[start + first + $0][g] } }
                let sums = (0..<4).map { sum(c[g + $0 / 2 * 8][lane % 4 * 2 + $0 % 2]) }
                return registers + others + sums
            }
            let out = try bench.run("selftest_product<\(kind.rawValue)>", in: file, input: input, outputCount: 128)
            for lane in 0..<32 {
                for i in 0..<4 {
                    let (row, column) = (lane / 4 + i / 2 * 8, lane % 4 * 2 + i % 2)
                    let products = (0..<k).map { kind.value(a[row][$0]) * kind.value(b[$0][column]) }
                    let exact = products.reduce(Double(c[row][column]), +)
                    let bits = out[lane * 4 + i]
                    let got = kind == .s8 ? Double(Int32(bitPattern: bits)) : Double(Float(bitPattern: bits))
                    // The GPU adds e4m3 products with some 13 bits behind the point of the largest.
                    let scale = products.map(abs).max()! + abs(Double(c[row][column]))
                    let tolerance = [1e-6, 1e-6, 0, 2e-3][kind.rawValue] * scale
                    #expect(abs(got - exact) <= tolerance * 4, "[\(row)][\(column)]: \(got), not \(exact)")
                }
            }
        }
    }
}
