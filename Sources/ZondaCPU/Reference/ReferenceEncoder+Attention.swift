import Glibc
import ZondaCore
import ZondaDevice

extension ReferenceEncoder {
    func ropeStore(_ op: RopeStoreOp) throws(ZondaError) {
        try requireLowered(op.queryNorm == nil && op.keyNorm == nil, "ropeStore")
        let (query, key, value) = (try RowView(op.query), try RowView(op.key), try RowView(op.value))
        let cache = try ReferenceCache(op.cache.spec)
        let slots = inputs.groups[op.cache.group].writeSlots
        for row in 0..<query.rows {
            if let rope = op.rope {
                let table = try RowView(rope.tables[Int(inputs.ropeVariants[row])])[Int(inputs.positions[row])]
                turn(query[row], rope, table, headSize: op.cache.spec.headSize)
                turn(key[row], rope, table, headSize: op.cache.spec.headSize)
            }
            for head in 0..<op.cache.spec.kvHeads {
                try cache.store(key[row], op.cache, .key, head: head, slot: Int(slots[row]))
                try cache.store(value[row], op.cache, .value, head: head, slot: Int(slots[row]))
            }
        }
    }

    /// Turns each pair of each head; `table` holds rotary/2 cosines, then as many sines.
    private func turn(
        _ values: UnsafeMutableBufferPointer<Float>, _ rope: Rope, _ table: UnsafeMutableBufferPointer<Float>,
        headSize: Int
    ) {
        let half = rope.rotarySize / 2
        for head in stride(from: 0, to: values.count, by: headSize) {
            for pair in 0..<half {
                let (first, second) =
                    switch rope.style {
                    case .halves: (head + pair, head + pair + half)
                    case .interleaved: (head + 2 * pair, head + 2 * pair + 1)
                    }
                let (cosine, sine) = (table[pair], table[half + pair])
                let (a, b) = (values[first], values[second])
                values[first] = a * cosine - b * sine
                values[second] = b * cosine + a * sine
            }
        }
    }

    func attention(_ op: AttentionOp) throws(ZondaError) {
        let (query, output) = (try RowView(op.query), try RowView(op.output))
        let cache = try ReferenceCache(op.cache.spec)
        let headSize = op.cache.spec.headSize
        let grouped = op.heads / op.cache.spec.kvHeads
        let pages = inputs.groups[op.cache.group]
        for (span, offset) in zip(inputs.spans, pages.offsets) {
            for kvHead in 0..<op.cache.spec.kvHeads {
                let reach = op.window ?? Int.max
                let seen = firstSeen(Int(span.firstPosition), reach)..<Int(span.firstPosition + span.rowCount)
                var keys: [[Float]] = []
                var values: [[Float]] = []
                for position in seen {
                    let page = pages.tables[Int(offset) + position / KVCache.pageSize]
                    let slot = Int(page) * KVCache.pageSize + position % KVCache.pageSize
                    keys.append(try cache.load(op.cache, .key, head: kvHead, slot: slot))
                    values.append(try cache.load(op.cache, .value, head: kvHead, slot: slot))
                }
                for row in Int(span.firstRow)..<Int(span.firstRow + span.rowCount) {
                    let position = Int(inputs.positions[row])
                    let visible = firstSeen(position, reach) - seen.lowerBound...position - seen.lowerBound
                    for head in kvHead * grouped..<(kvHead + 1) * grouped {
                        let range = head * headSize..<(head + 1) * headSize
                        attend(query[row][range], keys[visible], values[visible], output[row][range], op)
                    }
                }
            }
        }
    }

    private func firstSeen(_ position: Int, _ reach: Int) -> Int { reach > position ? 0 : position - reach + 1 }

    /// One row of one head: softmax(cap(scale · q kᵀ)) v.
    private func attend(
        _ query: Slice<UnsafeMutableBufferPointer<Float>>, _ keys: ArraySlice<[Float]>, _ values: ArraySlice<[Float]>,
        _ output: Slice<UnsafeMutableBufferPointer<Float>>, _ op: AttentionOp
    ) {
        let scores = keys.map { key in
            var score = zip(query, key).reduce(0.0) { $0 + Double($1.0) * Double($1.1) } * Double(op.scale)
            if let cap = op.softcap { score = Double(cap) * tanh(score / Double(cap)) }
            return score
        }
        let highest = scores.max() ?? 0
        let weights = scores.map { exp($0 - highest) }
        let total = weights.reduce(0, +)
        var output = output
        for (i, index) in output.indices.enumerated() {
            output[index] = Float(zip(weights, values).reduce(0.0) { $0 + $1.0 * Double($1.1[i]) } / total)
        }
    }
}
