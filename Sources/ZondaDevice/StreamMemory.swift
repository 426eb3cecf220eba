package import ZondaCore

/// What a stream takes of memory beside the tensors that its operations name.
public struct StreamMemory: Hashable, Sendable {
    /// Of the device, for what an operation needs while it runs: the largest step's.
    public var scratchByteCount: Int
    /// Of the device, written before each step: inputs, page tables, counters, what sampling goes by.
    public var inputByteCount: Int
    /// Of the host, pinned: what weights and inputs are copied from.
    public var pinnedByteCount: Int

    public init(scratchByteCount: Int = 0, inputByteCount: Int = 0, pinnedByteCount: Int = 0) {
        self.scratchByteCount = scratchByteCount
        self.inputByteCount = inputByteCount
        self.pinnedByteCount = pinnedByteCount
    }
}

extension StepLimits {
    /// Steps among which is the largest by every measure, for devices whose kernels change at `thresholds` rows: at each
    /// of them, and at the limits.
    package func largestKeys(thresholds: [Int]) -> [StepKey] {
        let counts = { (limit: Int) in thresholds.filter { $0 < limit } + [limit] }
        let byRows = counts(rows).map { StepKey(.forward, rows: $0, logitRows: min($0, logitRows)) }
        let byLogitRows = counts(min(rows, logitRows)).map { StepKey(.forward, rows: rows, logitRows: $0) }
        return byRows + byLogitRows + [StepKey(.sample, rows: rows, logitRows: min(rows, logitRows))]
    }
}

/// Collects the operations of a recording.
package final class OperationList: Encoder {
    package let info: DeviceInfo
    package private(set) var operations: [Operation] = []

    package init(info: DeviceInfo) { self.info = info }

    package func record(_ operation: Operation) throws(ZondaError) { operations.append(operation) }
}
