/// The extents of a tensor, slowest first: `[rows, columns]`.
public typealias Shape = [Int]

extension Shape {
    /// The number of elements, or nil when it overflows or an extent is negative.
    public var elementCount: Int? {
        var count = 1
        for extent in self {
            let (product, overflow) = count.multipliedReportingOverflow(by: extent)
            guard !overflow, extent >= 0 else { return nil }
            count = product
        }
        return count
    }
}
