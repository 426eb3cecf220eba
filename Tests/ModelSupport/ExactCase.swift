import Glibc
import Testing
package import ZondaCore
package import ZondaFormats

/// What a file says in float32, every tensor dequantized.
package struct ExactCase {
    package var kind: String
    package var tokens: [TokenID]
    package var greedy: [TokenID]
    package var rows: [Int: Row]

    /// The most likely tokens of one position.
    package struct Row {
        package var ids: [Int]
        package var logprobs: [Double]

        /// The same from the logits of all tokens.
        package func divergence(fromLogits logits: ArraySlice<Float>) -> Double {
            let highest = Double(logits.max() ?? 0)
            let total = log(logits.reduce(0) { $0 + exp(Double($1) - highest) })
            return divergence(from: logits.map { Double($0) - highest - total })
        }

        /// KL over these tokens and one bucket for all others.
        package func divergence(from others: [Double]) -> Double {
            let chosen = ids.map { others[$0] }
            func rest(_ logprobs: [Double]) -> Double { max(1e-12, 1 - logprobs.reduce(0) { $0 + exp($1) }) }
            let known = zip(logprobs, chosen).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) }
            return known + rest(logprobs) * log(rest(logprobs) / rest(chosen))
        }
    }

    package init(_ json: JSONValue) throws {
        func integers(_ value: JSONValue?) throws -> [Int] { try #require(value?.array).compactMap(\.integer) }
        kind = try #require(json["kind"]?.string)
        tokens = try integers(json["tokens"]).map { TokenID($0) }
        greedy = try integers(json["greedy"]).map { TokenID($0) }
        rows = [:]
        for row in try #require(json["positions"]?.array) {
            let logprobs = try #require(row["logprobs"]?.array).compactMap(\.double)
            rows[try #require(row["position"]?.integer)] = Row(ids: try integers(row["ids"]), logprobs: logprobs)
        }
    }
}
