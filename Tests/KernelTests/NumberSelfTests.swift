import Glibc
import Testing

extension Kernels {
    /// types.cuh and math.cuh against plain code.
    @Suite struct NumberSelfTests {
        private let file = "selftest_numbers.cu"

        /// Zeros of both signs, subnormals, the largest, infinities, NaN, ties of rounding.
        static let special: [Float] = [
            0, -0.0, 1, -1, 0.5, 2, 3, .leastNonzeroMagnitude, -.leastNormalMagnitude, .greatestFiniteMagnitude,
            .infinity, -.infinity, .nan, 65504, 65519, 65520, -65536, 6.1e-5, 5.96e-8, 2.98e-8, 2.99e-8, 448, 464, 465,
            480, -1000, 0.015625, 0.01, 0.001953125, 0.0009765625, 0.00098, 1.00390625, 1.01171875, 1.0625, 1.1875, 17,
            2_147_483_520, -2_147_483_648, 3e9, -3e9, 0.5, 1.5, 2.5, -0.5, -1.5,
        ]

        @Test(arguments: Player.all) func approximations(_ player: Player) throws {
            var random = Random()
            let values = random.floats(200, in: -20...20) + random.floats(100, in: 0.001...1000) + [0, 1, -1, 100]
            let out = try Bench(player).run(
                "selftest_approximations", in: file, input: values.words, outputCount: values.count * 7,
                count: values.count, blocks: 10
            ).floats
            for (i, x) in values.enumerated() {
                let exact: [Double] = [
                    exp2(Double(x)), log2(Double(x)), 1 / Double(x), 1 / Double(x).squareRoot(), tanh(Double(x)),
                    Double(x).squareRoot(), exp(Double(x)),
                ]
                // log2 near 1 is bounded absolutely.
                let tolerance = [3e-7, 4e-7, 3e-7, 3e-7, 1e-3, 1e-7, 3e-6]
                for (k, exact) in exact.enumerated() {
                    let got = Double(out[i * 7 + k])
                    let same = got == exact || (got.isNaN && exact.isNaN) || Float(exact) == Float(got)
                    let allowed = tolerance[k] * (k == 1 ? max(abs(exact), 1) : abs(exact))
                    #expect(same || abs(got - exact) <= allowed, "function \(k) of \(x): \(got), not \(exact)")
                }
            }
        }

        @Test(arguments: Player.all) func rounding(_ player: Player) throws {
            var random = Random()
            let triples =
                (0..<300).map { _ in random.floats(3) }
                + Self.special.map { [$0, 3, 0.1] } + Self.special.map { [0.3, $0, 2] }
            let out = try Bench(player).run(
                "selftest_rounding", in: file, input: triples.flatMap { $0 }.words, outputCount: triples.count * 7,
                count: triples.count, blocks: 20)
            for (i, x) in triples.enumerated() {
                let (a, b, c) = (x[0], x[1], x[2])
                let integer =
                    a.isNaN ? 0 : Int32(clamping: Int(max(-1e10, min(1e10, a.rounded(.toNearestOrEven)))))
                let expected: [UInt32] = [
                    c.addingProduct(a, b).bitPattern, (a * b + c).bitPattern, (a / b).bitPattern,
                    Float.maximum(a, b).bitPattern, Float.minimum(a, b).bitPattern,
                    UInt32((i + 2) / 3), UInt32(bitPattern: integer),
                ]
                for (k, expected) in expected.enumerated() {
                    let got = out[i * 7 + k]
                    let bothNaN = k < 5 && Float(bitPattern: got).isNaN && Float(bitPattern: expected).isNaN
                    #expect(got == expected || bothNaN, "function \(k) of \(x)")
                }
            }
        }

        @Test(arguments: Player.all) func bits(_ player: Player) throws {
            var random = Random()
            let triples = (0..<256).map { _ in random.words(3) } + [[0, 0, 0], [.max, .max, .max], [1, 2, 31]]
            let out = try Bench(player).run(
                "selftest_bits", in: file, input: triples.flatMap { $0 }, outputCount: triples.count * 10,
                count: triples.count, blocks: 10)
            for (i, x) in triples.enumerated() {
                let (a, b, c) = (x[0], x[1], x[2])
                let pair = UInt64(b) << 32 | UInt64(a)
                let permuted = (0..<4).reduce(UInt32(0)) { result, k in
                    let nibble = c >> (4 * UInt32(k)) & 15
                    var byte = UInt32(pair >> (8 * UInt64(nibble & 7)) & 255)
                    if nibble & 8 != 0 { byte = byte >> 7 * 255 }
                    return result | byte << (8 * UInt32(k))
                }
                let dot = (0..<4).reduce(Int32(bitPattern: c)) { sum, k in
                    let byte = { (word: UInt32) in Int32(Int8(truncatingIfNeeded: word >> (8 * UInt32(k)))) }
                    return sum &+ byte(a) * byte(b)
                }
                let expected: [UInt32] = [
                    permuted, (a & b) | c, a ^ b ^ c, UInt32(truncatingIfNeeded: pair >> UInt64(c & 31)),
                    UInt32(a.nonzeroBitCount), UInt32(a.leadingZeroBitCount),
                    a == 0 ? .max : UInt32(a.trailingZeroBitCount),
                    (0..<32).reduce(0) { $0 | (a >> UInt32($1) & 1) << UInt32(31 - $1) },
                    UInt32((UInt64(a) * UInt64(b)) >> 32), UInt32(bitPattern: dot),
                ]
                #expect(out.row(i, of: 10) == expected, "\(x)")
            }
        }

        /// a b + c, a + b, a - b, a b.
        private func combine(_ values: [Float]) -> [Float] {
            let (a, b, c) = (Double(values[0]), Double(values[1]), Double(values[2]))
            return [Float(a * b + c), Float(a + b), Float(a - b), Float(a * b)]
        }

        @Test(arguments: Player.all) func packed(_ player: Player) throws {
            var random = Random()
            let triples: [[UInt32]] = (0..<200).map { _ in
                random.floats(3).map { Narrow.pack(Narrow.f16($0), Narrow.f16(-$0 * 0.7)) }
            }
            let out = try Bench(player).run(
                "selftest_packed", in: file, input: triples.flatMap { $0 }, outputCount: triples.count * 8,
                count: triples.count, blocks: 10)
            for (i, x) in triples.enumerated() {
                var expected = [UInt32](repeating: 0, count: 8)
                for shift in [UInt32(0), 16] {
                    let half = x.map { UInt16(truncatingIfNeeded: $0 >> shift) }
                    let f16 = combine(half.map { Narrow.float(f16: $0) }).map(Narrow.f16)
                    let bf16 = combine(half.map { Narrow.float(bf16: $0) }).map(Narrow.bf16)
                    for (k, bits) in (f16 + bf16).enumerated() { expected[k] |= UInt32(bits) << shift }
                }
                #expect(out.row(i, of: 8) == expected, "\(x)")
            }
        }

        @Test(arguments: Player.all) func conversions(_ player: Player) throws {
            var random = Random()
            let values =
                Self.special + random.floats(300) + random.floats(100, in: -600...600)
                + random.floats(100, in: -0.02...0.02) + random.words(300).floats
            let out = try Bench(player).run(
                "selftest_conversions", in: file, input: values.words, outputCount: values.count * 7,
                count: values.count, blocks: 40)
            for (i, x) in values.enumerated() {
                let pairs = [Narrow.bf16, Narrow.f16, { UInt16(Narrow.e4m3($0)) }].map { ($0(x), $0(-x)) }
                let eights = UInt32(pairs[2].0) | UInt32(pairs[2].1) << 8
                let wide = [pairs[2].0, pairs[2].1].map { Narrow.f16(Narrow.float(e4m3: UInt8($0))) }
                let expected: [UInt32] = [
                    UInt32(pairs[0].0), UInt32(pairs[1].0), UInt32(pairs[2].0), Narrow.pack(pairs[0].0, pairs[0].1),
                    Narrow.pack(pairs[1].0, pairs[1].1), eights, Narrow.pack(wide[0], wide[1]),
                ]
                let got = out.row(i, of: 7)
                // NaN's payload and sign are the converter's own choice.
                #expect(x.isNaN ? got[2] & 0x7F == 0x7F : got == expected, "\(x) \(got) \(expected)")
            }
        }

        @Test(arguments: Player.all) func allCodes(_ player: Player) throws {
            let count = player.isChecked ? 2048 : 65536
            let out = try Bench(player).run(
                "selftest_codes", in: file, input: [0], outputCount: count * 4, count: count, blocks: count / 128,
                threads: 128
            ).floats
            for code in 0..<count {
                let (half, byte) = (UInt16(code), UInt8(truncatingIfNeeded: code))
                let expected = [
                    Narrow.float(bf16: half), Narrow.float(f16: half), Narrow.float(e4m3: byte),
                    Narrow.float(f16: UInt16(byte) << 8),
                ]
                for (k, expected) in expected.enumerated() {
                    let got = out[code * 4 + k]
                    let same = got.bitPattern == expected.bitPattern || (got.isNaN && expected.isNaN)
                    if !same { Issue.record("code \(code) of type \(k): \(got), not \(expected)") }
                }
            }
        }

        @Test(arguments: Player.all) func architecture(_ player: Player) throws {
            let bench = try Bench(player)
            let out = try bench.run("selftest_architecture", in: file, input: [0], outputCount: 2, threads: 1)
            #expect(out == [UInt32(bench.architecture), 1])
        }
    }
}
