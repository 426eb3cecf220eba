/// Where one sequence's rows lie: per group, the page of each `pageSize` positions from 0.
struct PageTable: Sendable {
    /// [groups][pages]; -1 where a window has passed.
    var pages: [[Int32]]
    /// Leading pages that are nodes of the prefix tree, or were when the window passed them.
    var sharedCount = 0
    /// The last of those nodes; -1 if there is none.
    var lastNode = PagePool.none
    /// Per group, leading pages that the window has passed.
    var passedCounts: [Int]

    init(groupCount: Int) {
        pages = Array(repeating: [], count: groupCount)
        passedCounts = Array(repeating: 0, count: groupCount)
    }
}
