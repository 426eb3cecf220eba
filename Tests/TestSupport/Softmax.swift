import Glibc

public enum Softmax {
    /// Log-probabilities in double precision.
    public static func log(_ logits: some Collection<Float>) -> [Double] {
        let top = Double(logits.max() ?? 0)
        let sum = logits.reduce(0) { $0 + exp(Double($1) - top) }
        return logits.map { Double($0) - top - Glibc.log(sum) }
    }

    /// KL(`expected` || `other`) of two rows of logits, in nats.
    public static func divergence(_ expected: [Float], from other: [Float]) -> Double {
        zip(log(expected), log(other)).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) }
    }
}
