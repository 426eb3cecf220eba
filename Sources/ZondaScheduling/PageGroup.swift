/// The layers that keep the same positions of a sequence, and the pool of KV pages that they share.
///
/// A page number of a group stands for `pageSize` tokens in every layer of the group. Positions live in page
/// `position / pageSize` of a sequence's table, from position 0, windowed or not.
public struct PageGroup: Codable, Hashable, Sendable {
    /// How many positions a row sees, its own included; nil for full attention.
    public var window: Int?
    /// Pages in the pool.
    public var pageCount: Int

    public init(window: Int? = nil, pageCount: Int) {
        self.window = window
        self.pageCount = pageCount
    }

    /// The first position that the row at `row` sees.
    public func firstPosition(seenBy row: Int) -> Int {
        guard let window else { return 0 }
        return max(0, row - window + 1)
    }

    /// The most pages that one sequence of `rowCount` rows holds at a time when it is computed row by row.
    ///
    /// A window of w positions touches at most (w - 2) / pageSize + 2 pages, reached when it ends on the first
    /// position of a page.
    func peakPageCount(rowCount: Int, pageSize: Int) -> Int {
        let total = rowCount.pages(of: pageSize)
        guard let window, window < rowCount else { return total }
        return window < 2 ? min(total, 1) : min(total, (window - 2) / pageSize + 2)
    }

    /// The longest sequence whose peak fits in the pool, at most `limit` rows.
    func longestSequence(limit: Int, pageSize: Int) -> Int {
        let fits = peakPageCount(rowCount: limit, pageSize: pageSize) <= pageCount
        return fits ? limit : min(limit, pageCount * pageSize)
    }
}

extension Int {
    /// The number of pages of `pageSize` rows that hold this many rows.
    func pages(of pageSize: Int) -> Int { self / pageSize + (self % pageSize == 0 ? 0 : 1) }
}
