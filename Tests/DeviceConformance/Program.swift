import Testing
public import ZondaDevice

/// What a test builds on a workbench: operations, and the tensors that hold the results.
public struct Program {
    public var operations: [Operation]
    public var results: [Tensor]

    public init(_ operations: Operation..., results: Tensor...) {
        self.operations = operations
        self.results = results
    }
}

/// The values of all results, one after the other.
public func outcome(
    _ bench: Workbench, rows: Int, fusions: Fusions, inputs: StepInputs? = nil, _ build: (Workbench) throws -> Program
) throws -> [Float] {
    let program = try build(bench)
    try bench.forgetRecordings()
    let lowered = try program.operations.flatMap { try lower($0, for: fusions) }
    try bench.run(lowered, inputs: inputs, rows: rows)
    return try program.results.flatMap { try bench.values($0) }
}

/// Records an issue when `values` are not within `tolerance` times the root mean square of `expected`.
func expectClose(
    _ values: [Float], _ expected: [Float], tolerance: Float, _ what: @autoclosure () -> String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    guard values.count == expected.count else {
        Issue.record("\(what()): \(values.count) values, expected \(expected.count)", sourceLocation: sourceLocation)
        return
    }
    let scale = (expected.reduce(0) { $0 + $1 * $1 } / Float(max(expected.count, 1))).squareRoot()
    for (index, (value, right)) in zip(values, expected).enumerated() where !(abs(value - right) <= tolerance * scale) {
        Issue.record(
            "\(what()): value \(index) is \(value), expected \(right) within \(tolerance * scale)",
            sourceLocation: sourceLocation)
        return
    }
}
