/// The pools of all groups and the prefix tree over them: hands pages to tables, takes them back and shares full ones.
///
/// Everything here is said in plan order, which is the order in which steps execute. A page that is released now may be
/// handed out at once, though steps that use it are still in flight: its new owner's rows are written by a later step.
struct PageCache: Sendable {
    let groups: [PageGroup]
    let pageSize: Int
    let sharesPrefixes: Bool
    var pools: [PagePool]
    var tree: PrefixTree

    init(_ configuration: SchedulerConfiguration) {
        groups = configuration.groups
        pageSize = configuration.pageSize
        sharesPrefixes = configuration.prefixCaching
        pools = groups.map { PagePool(pageCount: $0.pageCount) }
        tree = PrefixTree(groupCount: groups.count)
    }

    /// How many more rows the table can take, at most `limit`, without taking a page from another sequence.
    func rowsThatFit(_ table: PageTable, from start: Int, limit: Int) -> Int {
        var rows = limit
        for (group, pool) in pools.enumerated() {
            rows = min(rows, (table.pages[group].count + pool.availableCount) * pageSize - start)
        }
        return rows
    }

    /// Lengthens the table to hold `rowCount` rows, evicting cached pages; `rowsThatFit` has said that they are there.
    mutating func grow(_ table: inout PageTable, toRows rowCount: Int) {
        let pageCount = rowCount.pages(of: pageSize)
        for group in pools.indices {
            while table.pages[group].count < pageCount, let page = takePage(group: group) {
                table.pages[group].append(page)
            }
        }
    }

    /// Lets go of the pages that no row from `row` on sees.
    mutating func trim(_ table: inout PageTable, before row: Int) {
        for (group, layers) in groups.enumerated() {
            let passed = min(layers.firstPosition(seenBy: row) / pageSize, table.pages[group].count)
            for index in table.passedCounts[group]..<max(passed, table.passedCounts[group]) {
                pools[group].release(table.pages[group][index])
                table.pages[group][index] = PagePool.none
            }
            table.passedCounts[group] = max(passed, table.passedCounts[group])
        }
    }

    /// Gives all pages back. The last page goes first: so a page of full attention is always evicted before the pages
    /// that it follows, and the tree loses leaves only.
    mutating func release(_ table: inout PageTable) {
        for group in pools.indices {
            for page in table.pages[group].reversed() where page != PagePool.none { pools[group].release(page) }
        }
        tree.release(table.lastNode)
        table = PageTable(groupCount: groups.count)
    }

    private mutating func takePage(group: Int) -> Int32? {
        if pools[group].freeCount == 0, let page = pools[group].leastRecentlyUsed { evict(page, group: group) }
        return pools[group].allocate()
    }

    /// Takes a cached page from the tree. Without its page of full attention a node is of no use, so the others go too.
    mutating func evict(_ page: Int32, group: Int) {
        let node = pools[group].node(of: page)
        for other in groups.indices where other == group || groups[group].window == nil {
            dropPage(of: node, group: other)
        }
        tree.prune(node)
    }

    mutating func dropPage(of node: Int32, group: Int) {
        let page = tree.page(node, group: group)
        guard page != PagePool.none else { return }
        tree.removePage(node, group: group)
        pools[group].drop(page)
    }
}
