/// One row of logits [V], V at least 1, read eight at a time.
// Inlined by hand: a call per eight numbers costs more than the work on them.
struct LogitRow {
    typealias Lanes = SIMD8<Float>

    let count: Int
    private let base: UnsafePointer<Float>

    /// Nil for an empty row.
    init?(_ buffer: UnsafeBufferPointer<Float>) {
        guard let base = buffer.baseAddress, !buffer.isEmpty else { return nil }
        self.base = base
        count = buffer.count
    }

    subscript(index: Int) -> Float { base[index] }

    /// Logits `index ..< index + 8`, which must be in the row.
    @inline(__always)
    func lanes(unchecked index: Int) -> Lanes { UnsafeRawPointer(base + index).loadUnaligned(as: Lanes.self) }

    /// Logits `index ..< index + 8`; past the end of the row, minus infinity.
    @inline(__always)
    func lanes(at index: Int) -> Lanes {
        if index + 8 <= count { return lanes(unchecked: index) }
        return tail(at: index)
    }

    @inline(never)
    private func tail(at index: Int) -> Lanes {
        var tail = Lanes(repeating: -.infinity)
        for lane in 0..<max(count - index, 0) { tail[lane] = base[index + lane] }
        return tail
    }
}
