public import ZondaCore

/// Divides memory for KV among page groups, so that all of them run out at about the same number of sequences.
public struct PageBudget: Hashable, Sendable {
    /// Bytes for the pages of all groups together.
    public var byteCount: Int
    /// Bytes of one page of each group: keys and values of `pageSize` positions in all of its layers.
    public var bytesPerPage: [Int]
    /// The window of each group; nil for full attention.
    public var windows: [Int?]

    public init(byteCount: Int, bytesPerPage: [Int], windows: [Int?]) {
        self.byteCount = byteCount
        self.bytesPerPage = bytesPerPage
        self.windows = windows
    }

    /// The groups: room for one sequence of `maxSequenceLength` comes first (or of the longest one that fits); the rest is
    /// shared in proportion to what `maxBatchSize` such sequences and a chunk of a prompt would fill, and no more than
    /// that is taken.
    ///
    /// Throws `badConfiguration` for numbers out of range, `outOfMemory` if not even one page of each group fits.
    public func groups(for configuration: SchedulerConfiguration) throws(ZondaError) -> [PageGroup] {
        let configuration = try validated(configuration)
        let full = configuration.maxSequenceLength
        let least = counts(length: Self.last(in: 1...full) { fits(counts(length: $0, configuration)) }, configuration)
        guard fits(least) else {
            let needed = bytesPerPage.reduce(0, +)
            throw ZondaError(
                .outOfMemory, "one page of KV in each group takes \(needed) bytes, \(byteCount) are there",
                remedy: "raise the KV budget", facts: ["needed": "\(needed)", "available": "\(byteCount)"])
        }
        let most = wanted(configuration)
        func share(_ part: Int) -> [Int] {
            zip(least, most).map { max($0, $1 / Self.parts * part + $1 % Self.parts * part / Self.parts) }
        }
        let part = Self.last(in: 0...Self.parts) { fits(share($0)) }
        return zip(windows, share(part)).map { PageGroup(window: $0, pageCount: $1) }
    }

    /// Bytes of the pages that one sequence of `length` tokens holds.
    ///
    /// Throws `badConfiguration` for numbers out of range.
    public func byteCount(ofSequence length: Int, for configuration: SchedulerConfiguration) throws(ZondaError) -> Int {
        zip(counts(length: length, try validated(configuration)), bytesPerPage).reduce(0) { $0 + $1.0 * $1.1 }
    }

    /// How finely the memory is divided.
    private static let parts = 1 << 12
    /// Far above any page, so that sums of products stay in range.
    private static let maxBytesPerPage = 1 << 32

    private func validated(_ configuration: SchedulerConfiguration) throws(ZondaError) -> SchedulerConfiguration {
        var configuration = configuration
        configuration.groups = windows.map { PageGroup(window: $0, pageCount: 1) }
        try configuration.validate()
        guard bytesPerPage.count == windows.count, byteCount >= 0,
            bytesPerPage.allSatisfy({ (1...Self.maxBytesPerPage).contains($0) })
        else {
            throw ZondaError(
                .badConfiguration,
                "\(byteCount) bytes for \(windows.count) page groups with pages of \(bytesPerPage) bytes",
                remedy: "give each group 1 to \(Self.maxBytesPerPage) bytes a page")
        }
        return configuration
    }

    /// Pages that one sequence holds, row by row.
    private func counts(length: Int, _ configuration: SchedulerConfiguration) -> [Int] {
        configuration.groups.map { $0.peakPageCount(rowCount: length, pageSize: configuration.pageSize) }
    }

    /// Pages that a full batch holds while one of its sequences computes a chunk.
    private func wanted(_ configuration: SchedulerConfiguration) -> [Int] {
        let chunk = configuration.maxTokensPerStep.pages(of: configuration.pageSize)
        return zip(counts(length: configuration.maxSequenceLength, configuration), windows).map { count, window in
            min(SchedulerConfiguration.maxPageCount, count * configuration.maxBatchSize + (window == nil ? 0 : chunk))
        }
    }

    private func fits(_ counts: [Int]) -> Bool {
        var bytes = 0
        for (count, size) in zip(counts, bytesPerPage) {
            if count > SchedulerConfiguration.maxPageCount { return false }
            bytes += count * size
        }
        return bytes <= byteCount
    }

    /// The last value of a range for which a condition holds that holds up to some value; the first if for none.
    private static func last(in range: ClosedRange<Int>, where holds: (Int) -> Bool) -> Int {
        max(range.lowerBound, (range.lowerBound..<range.upperBound + 1).partitioningIndex { !holds($0) } - 1)
    }
}
