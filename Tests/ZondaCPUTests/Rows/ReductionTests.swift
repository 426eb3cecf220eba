import CZondaSIMD
import Foundation
import Testing

@Suite struct ReductionTests {
    private func argmax(_ set: InstructionSet, _ row: [Float]) -> Int32 {
        var result: Int32 = -1
        row.withUnsafeBufferPointer {
            set.kernels.rows.argmax(
                zonda_const_rows(values: $0.baseAddress!, stride: row.count), 1, Int32(row.count), &result)
        }
        return result
    }

    @Test("argmax: ties to the lower id, NaN never wins", arguments: InstructionSet.available)
    func argmax(set: InstructionSet) {
        #expect(argmax(set, [3]) == 0)
        #expect(argmax(set, [1, 5, 5, 2]) == 1)
        #expect(argmax(set, [.nan, -1, .nan, -1]) == 1)
        #expect(argmax(set, [.nan, .nan]) == 0)
        #expect(argmax(set, [.nan, -.infinity, -.infinity]) == 1)
        #expect(argmax(set, [-.infinity, .infinity, .infinity]) == 1)
        #expect(argmax(set, [-0.0, 0.0]) == 0)
        var random = TestRandom(seed: 3)
        for width in rowWidths + [1000] {
            for _ in 0..<20 {
                // Few distinct values, so that there are ties.
                let row = (0..<width).map { _ in Float(Int.random(in: -3...3, using: &random)) }
                #expect(argmax(set, row) == Int32(row.firstIndex(of: row.max()!)!))
            }
        }
    }

    private func logSumExp(_ set: InstructionSet, _ row: [Float]) -> Float {
        var result: Float = -7
        row.withUnsafeBufferPointer {
            let rows = zonda_const_rows(values: $0.baseAddress!, stride: row.count)
            set.kernels.rows.log_sum_exp(rows, 1, Int32(row.count), &result)
        }
        return result
    }

    @Test("log Σ e^x", arguments: InstructionSet.available)
    func logSumExp(set: InstructionSet) {
        var random = TestRandom(seed: 4)
        for width in rowWidths + [5000] {
            let row = random.floats(width, in: -30...300)
            let top = Double(row.max()!)
            let exact = top + log(row.reduce(0) { $0 + exp(Double($1) - top) })
            #expect(unitsInLastPlace(logSumExp(set, row), exact) <= 2)
        }
        #expect(logSumExp(set, [-.infinity, -.infinity]) == -.infinity)
        #expect(logSumExp(set, [1, .infinity]) == .infinity)
        #expect(logSumExp(set, [1, .nan]).isNaN)
        #expect(logSumExp(set, [.nan, .nan]).isNaN)
        #expect(logSumExp(set, [.infinity, .nan]).isNaN)
    }

    @Test("routing: the top experts, ties to the lower id, weights of a softmax", arguments: InstructionSet.available)
    func routing(set: InstructionSet) {
        var random = TestRandom(seed: 6)
        for (experts, top) in [(8, 2), (128, 8), (60, 4), (4, 4), (1, 1), (200, 33)] {
            for renormalizes in [true, false] {
                let logits = (0..<3 * experts).map { _ in Float(Int.random(in: -9...9, using: &random)) / 4 }
                var ids = [Int32](repeating: -1, count: 3 * top)
                var weights = [Float](repeating: .nan, count: 3 * top)
                logits.withUnsafeBufferPointer {
                    set.kernels.rows.route(
                        zonda_const_rows(values: $0.baseAddress!, stride: experts), 3, Int32(experts), Int32(top),
                        renormalizes, &ids, &weights)
                }
                for row in 0..<3 {
                    let x = logits[row * experts..<(row + 1) * experts].map(Double.init)
                    let order = x.indices.sorted { x[$0] != x[$1] ? x[$0] > x[$1] : $0 < $1 }.prefix(top)
                    let total = (renormalizes ? Array(order) : Array(x.indices)).reduce(0) { $0 + exp(x[$1]) }
                    #expect(ids[row * top..<(row + 1) * top].map(Int.init) == Array(order))
                    for (weight, id) in zip(weights[row * top..<(row + 1) * top], order) {
                        #expect(abs(Double(weight) - exp(x[id]) / total) < 3e-7)
                    }
                }
            }
        }
    }

    @Test("a NaN logit is chosen last", arguments: InstructionSet.available)
    func routingWithNaN(set: InstructionSet) {
        var ids = [Int32](repeating: -1, count: 3)
        var weights = [Float](repeating: 0, count: 3)
        let logits: [Float] = [.nan, 1, 2, 3]
        logits.withUnsafeBufferPointer {
            set.kernels.rows.route(
                zonda_const_rows(values: $0.baseAddress!, stride: 4), 1, 4, 3, true, &ids, &weights)
        }
        #expect(ids == [3, 2, 1])
        #expect(weights.allSatisfy { $0.isFinite })
    }

    @Test("sums: add, scale, and the mix of experts", arguments: InstructionSet.available, rowWidths)
    func sums(set: InstructionSet, width: Int) {
        var random = TestRandom(seed: 8)
        let (a, b) = (random.floats(4 * width), random.floats(4 * width))
        let added = mapRows(a, columns: width, padding: 0) { x, out, rows in
            b.withUnsafeBufferPointer {
                set.kernels.rows.add(
                    x, zonda_const_rows(values: $0.baseAddress!, stride: width), out, rows, Int32(width), 0.3)
            }
        }
        #expect(added == zip(a, b).map { $0.addingProduct($1, 0.3) })
        #expect(
            mapRows(a, columns: width) { set.kernels.rows.scale($0, $1, $2, Int32(width), 1.7) } == a.map { $0 * 1.7 })

        let (index, weights): ([Int32], [Float]) = ([3, 0, 1, 1, 2, 3, 0, 2], random.floats(8, in: 0...1))
        let mixed = mapRows(a, columns: width, padding: 0) { x, out, rows in
            b.withUnsafeBufferPointer {
                var base = zonda_const_rows(values: $0.baseAddress!, stride: width)
                set.kernels.rows.mix(x, index, weights, 2, &base, 0.5, out, rows, Int32(width))
            }
        }
        for row in 0..<4 {
            for i in 0..<width {
                let first = a[Int(index[2 * row]) * width + i] * weights[2 * row]
                let sum = first.addingProduct(a[Int(index[2 * row + 1]) * width + i], weights[2 * row + 1])
                #expect(mixed[row * width + i] == b[row * width + i].addingProduct(sum, 0.5))
            }
        }
    }

    @Test("float16 and bfloat16 there and back", arguments: InstructionSet.available, rowWidths)
    func conversions(set: InstructionSet, width: Int) {
        var random = TestRandom(seed: 9)
        let special: [Float] = [
            0, -0.0, 65504, 65519, 65520, 1e9, -.infinity, 6e-8, 2e-8, .leastNonzeroMagnitude, 1 + 1 / 256, .nan,
        ]
        let x = (0..<2).flatMap { _ in
            (0..<width).map { _ in
                Bool.random(using: &random)
                    ? special.randomElement(using: &random)!
                    : Float(bitPattern: UInt32.random(in: 0...0xFF7F_FFFF, using: &random))
            }
        }
        var (halves, brains) = ([UInt16](repeating: 0, count: x.count), [UInt16](repeating: 0, count: x.count))
        x.withUnsafeBufferPointer {
            let rows = zonda_const_rows(values: $0.baseAddress!, stride: width)
            set.kernels.rows.to_f16(rows, &halves, width, 2, Int32(width))
            set.kernels.rows.to_bf16(rows, &brains, width, 2, Int32(width))
        }
        let same = { (a: Float, b: Float) in a.isNaN ? b.isNaN : a.bitPattern == b.bitPattern }
        for (i, value) in x.enumerated() {
            #expect(same(Float(Float16(value)), Float(Float16(bitPattern: halves[i]))))
            let bits = value.bitPattern
            let rounded = value.isNaN ? bits : (bits &+ 0x7FFF &+ (bits >> 16 & 1)) & 0xFFFF_0000
            #expect(same(Float(bitPattern: rounded), Float(bitPattern: UInt32(brains[i]) << 16)))
        }
        let wide = mapRows(x, columns: width) { set.kernels.rows.from_f16(halves, width, $1, $2, Int32(width)) }
        let wideBrains = mapRows(x, columns: width) { set.kernels.rows.from_bf16(brains, width, $1, $2, Int32(width)) }
        for i in x.indices {
            #expect(same(Float(Float16(bitPattern: halves[i])), wide[i]))
            #expect(same(Float(bitPattern: UInt32(brains[i]) << 16), wideBrains[i]))
        }
    }
}
