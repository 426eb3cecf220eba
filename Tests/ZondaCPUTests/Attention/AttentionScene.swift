import CZondaSIMD
import Foundation
import Testing

/// What a sequence attends to, and how: everything that its results may depend on.
struct AttentionScene: CustomTestStringConvertible, Sendable {
    var type: zonda_kv_type = ZONDA_KV_F16
    var heads = 4
    var kvHeads = 2
    var headSize = 32
    var window = 0
    var softCap: Float = 0
    var tokenCount = 150

    var testDescription: String {
        let name = [ZONDA_KV_F32: "f32", ZONDA_KV_F16: "f16", ZONDA_KV_Q8_0: "q8_0"][type]!
        return "\(name) \(heads)/\(kvHeads)x\(headSize) window \(window) cap \(softCap) tokens \(tokenCount)"
    }

    var scale: Float { 1.5 / Float(headSize).squareRoot() }
    var queryWidth: Int { heads * headSize }
    var keyWidth: Int { kvHeads * headSize }
    var shape: zonda_kv_shape {
        zonda_kv_shape(type: type, kv_heads: Int32(kvHeads), head_size: Int32(headSize))
    }
    var groups: zonda_attention_heads {
        zonda_attention_heads(heads: Int32(heads), kv_heads: Int32(kvHeads), window: Int32(window))
    }

    /// Queries, keys and values of one sequence, [tokens, width].
    struct Inputs {
        var query: [Float]
        var key: [Float]
        var value: [Float]
    }

    func inputs(seed: UInt64) -> Inputs {
        var random = TestRandom(seed: seed)
        return Inputs(
            query: random.floats(tokenCount * queryWidth, in: -2...2),
            key: random.floats(tokenCount * keyWidth, in: -2...2),
            value: random.floats(tokenCount * keyWidth))
    }

    /// softmax(cap(scale · q kᵀ)) v in double precision, keys and values rounded as the cache stores them.
    func expected(_ inputs: Inputs) -> [Double] {
        let keys = stored(inputs.key).map(Double.init)
        let values = stored(inputs.value).map(Double.init)
        var output = [Double](repeating: 0, count: tokenCount * queryWidth)
        for token in 0..<tokenCount {
            let first = window > 0 ? max(0, token - window + 1) : 0
            for head in 0..<heads {
                let kvHead = head / (heads / kvHeads)
                let from = token * queryWidth + head * headSize
                let query = inputs.query[from..<from + headSize]
                let scores = (first...token).map { position -> Double in
                    let at = position * keyWidth + kvHead * headSize
                    var dot = 0.0
                    for (q, k) in zip(query, keys[at..<at + headSize]) { dot += Double(q) * k }
                    let score = dot * Double(scale)
                    return softCap > 0 ? Double(softCap) * tanh(score / Double(softCap)) : score
                }
                let highest = scores.max()!
                let weights = scores.map { exp($0 - highest) }
                let total = weights.reduce(0, +)
                for (weight, position) in zip(weights, first...token) {
                    let at = position * keyWidth + kvHead * headSize
                    for i in 0..<headSize { output[from + i] += weight / total * values[at + i] }
                }
            }
        }
        return output
    }

    /// What the cache gives back for rows of keys or values.
    private func stored(_ rows: [Float]) -> [Float] {
        switch type {
        case ZONDA_KV_F16: return rows.map { Float(Float16($0)) }
        case ZONDA_KV_Q8_0:
            var result: [Float] = []
            for head in stride(from: 0, to: rows.count, by: headSize) {
                for group in stride(from: head, to: head + headSize, by: 32) {
                    let values = rows[group..<min(group + 32, head + headSize)]
                    let scale = Float(Float16(values.map(abs).max()! / 127))
                    result += values.map { scale == 0 ? 0 : ($0 / scale).rounded(.toNearestOrEven) * scale }
                }
            }
            return result
        default: return rows
        }
    }
}
