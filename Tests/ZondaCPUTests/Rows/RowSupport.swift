import CZondaSIMD

/// Calls `body` with the rows of `input` and as many rows for the result, and returns those. Both have `padding` floats
/// between rows that must neither be read into a result nor be written.
func mapRows(
    _ input: [Float], columns: Int, padding: Int = 3, _ body: (zonda_const_rows, zonda_rows, Int32) -> Void
) -> [Float] {
    let (rows, stride) = (input.count / columns, columns + padding)
    var source = [Float](repeating: .nan, count: rows * stride)
    for row in 0..<rows {
        source.replaceSubrange(row * stride..<row * stride + columns, with: input[row * columns..<(row + 1) * columns])
    }
    var target = [Float](repeating: -7, count: rows * stride)
    source.withUnsafeBufferPointer { source in
        target.withUnsafeMutableBufferPointer { target in
            body(
                zonda_const_rows(values: source.baseAddress!, stride: stride),
                zonda_rows(values: target.baseAddress!, stride: stride), Int32(rows))
        }
    }
    let untouched = (0..<rows).allSatisfy { row in (columns..<stride).allSatisfy { target[row * stride + $0] == -7 } }
    precondition(untouched, "a kernel wrote between rows")
    return (0..<rows).flatMap { target[$0 * stride..<$0 * stride + columns] }
}

/// The distance of `value` from `exact` in units of the last place of `exact` as a Float (the smallest normal one's, below it).
func unitsInLastPlace(_ value: Float, _ exact: Double) -> Double {
    let nearest = Float(exact)
    if value == nearest || (value.isNaN && exact.isNaN) { return 0 }
    return abs(Double(value) - exact) / Double(max(nearest.magnitude, .leastNormalMagnitude).ulp)
}

/// Widths with every kind of tail: less than a vector, a part, a part and a bit, a real model's.
let rowWidths = [1, 3, 8, 15, 32, 33, 64, 95, 576]
