import CZondaSIMD
import Foundation
import Testing

@Suite struct RopeTests {
    @Test("both styles, whole and partial, two tables", arguments: InstructionSet.available, [4, 16, 30, 64, 80])
    func turns(set: InstructionSet, rotary: Int) {
        let (headSize, heads, rows) = (80, 3, 5)
        var random = TestRandom(seed: 11)
        let input = random.floats(rows * heads * headSize)
        let tables = [random.floats(9 * rotary), random.floats(9 * rotary)]
        let positions: [Int32] = [0, 8, 3, 3, 5]
        let variants: [Int32] = [0, 1, 1, 0, 0]
        for style in [ZONDA_ROPE_HALVES, ZONDA_ROPE_INTERLEAVED] {
            var output = input
            turn(set, &output, tables, positions, variants, width: heads * headSize) { rope in
                rope.head_size = Int32(headSize)
                rope.rotary_size = Int32(rotary)
                rope.style = style
            }
            for row in 0..<rows {
                for head in 0..<heads {
                    let at = (row * heads + head) * headSize
                    for pair in 0..<rotary / 2 {
                        let halves = style == ZONDA_ROPE_HALVES
                        let (i, j) = halves ? (pair, pair + rotary / 2) : (2 * pair, 2 * pair + 1)
                        let (table, from) = (tables[Int(variants[row])], Int(positions[row]) * rotary)
                        let (cosine, sine) = (Double(table[from + pair]), Double(table[from + rotary / 2 + pair]))
                        let (a, b) = (Double(input[at + i]), Double(input[at + j]))
                        #expect(abs(Double(output[at + i]) - (a * cosine - b * sine)) < 2e-7)
                        #expect(abs(Double(output[at + j]) - (b * cosine + a * sine)) < 2e-7)
                    }
                    #expect(output[at + rotary..<at + headSize] == input[at + rotary..<at + headSize])
                }
            }
        }
    }

    private func turn(
        _ set: InstructionSet, _ rows: inout [Float], _ tables: [[Float]], _ positions: [Int32], _ variants: [Int32],
        width: Int, _ configure: (inout zonda_rope) -> Void
    ) {
        rows.withUnsafeMutableBufferPointer { rows in
            tables[0].withUnsafeBufferPointer { first in
                tables[1].withUnsafeBufferPointer { second in
                    positions.withUnsafeBufferPointer { positions in
                        variants.withUnsafeBufferPointer { variants in
                            withUnsafePointer(to: (first.baseAddress!, second.baseAddress!)) { pair in
                                let tables = UnsafeRawPointer(pair).assumingMemoryBound(to: UnsafePointer<Float>.self)
                                var rope = zonda_rope(
                                    tables: tables, positions: positions.baseAddress!, variants: variants.baseAddress!,
                                    head_size: 0, rotary_size: 0, style: ZONDA_ROPE_HALVES)
                                configure(&rope)
                                let view = zonda_rows(values: rows.baseAddress!, stride: width)
                                // In two pieces: rows are counted from the first of all.
                                set.kernels.rows.rope(view, 0, 2, Int32(width), &rope)
                                set.kernels.rows.rope(view, 2, Int32(positions.count) - 2, Int32(width), &rope)
                            }
                        }
                    }
                }
            }
        }
    }
}
