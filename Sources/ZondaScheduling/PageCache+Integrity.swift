extension PageCache {
    /// What is wrong with pools, tree and these tables, the only ones; nil if nothing is.
    func fault(tables: [(name: String, table: PageTable, rows: Int)]) -> String? {
        for (name, table, rows) in tables {
            if let fault = fault(in: table, rows: rows) { return "\(name): \(fault)" }
        }
        var nodeUsers = Array(repeating: Int32(0), count: tree.nodes.count)
        for (_, table, _) in tables where table.lastNode >= 0 { nodeUsers[Int(table.lastNode)] += 1 }
        if let fault = tree.fault(users: nodeUsers) { return fault }
        for group in groups.indices {
            if let fault = fault(group: group, tables: tables.map(\.table)) { return "group \(group): \(fault)" }
        }
        return nil
    }

    /// A table has its rows' pages, lets go of passed ones only, and its shared pages are those of its chain of nodes.
    private func fault(in table: PageTable, rows: Int) -> String? {
        for (group, layers) in groups.enumerated() {
            let pages = table.pages[group]
            if pages.count < rows.pages(of: pageSize) { return "\(rows) rows on \(pages.count) pages" }
            let passed = table.passedCounts[group]
            if passed > layers.firstPosition(seenBy: rows) / pageSize { return "\(passed) pages gone too early" }
            for (index, page) in pages.enumerated() where (page == PagePool.none) != (index < passed) {
                return "page \(index) of group \(group) is \(page), \(passed) are passed"
            }
        }
        var node = table.lastNode
        for index in (0..<table.sharedCount).reversed() {
            guard node >= 0, let key = tree.nodes[Int(node)].key else { return "shared page \(index) has no node" }
            for group in groups.indices {
                let page = table.pages[group][index]
                if page != PagePool.none, page != tree.page(node, group: group) {
                    return "shared page \(index) of group \(group) is \(page), its node's another"
                }
            }
            node = key.parent
        }
        return node == PagePool.none ? nil : "its chain of nodes is longer than its shared pages"
    }

    private func fault(group: Int, tables: [PageTable]) -> String? {
        let pool = pools[group]
        if pool.freeCount + pool.cachedCount + pool.usedCount != pool.totalCount { return "pages do not add up" }
        var users = Array(repeating: Int32(0), count: pool.totalCount)
        for table in tables {
            for (index, page) in table.pages[group].enumerated() where page != PagePool.none {
                users[Int(page)] += 1
                if index >= table.sharedCount, pool.node(of: page) != PagePool.none {
                    return "page \(page) is kept by a node and private to a table"
                }
                if users[Int(page)] > 1, pool.node(of: page) == PagePool.none {
                    return "page \(page) is in two tables and in no node"
                }
            }
        }
        return pool.fault(users: users) ?? treeFault(group: group)
    }

    /// Pages and nodes name each other, and every node has its page of full attention.
    private func treeFault(group: Int) -> String? {
        let pool = pools[group]
        var kept = 0
        for (index, node) in tree.nodes.enumerated() {
            let page = tree.page(Int32(index), group: group)
            guard page != PagePool.none else {
                if node.key != nil, groups[group].window == nil { return "node \(index) has no page" }
                continue
            }
            kept += 1
            if node.key == nil { return "vacant node \(index) keeps page \(page)" }
            if pool.node(of: page) != Int32(index) { return "node \(index) and page \(page) disagree" }
        }
        let named = (0..<Int32(pool.totalCount)).reduce(0) { $0 + (pool.node(of: $1) == PagePool.none ? 0 : 1) }
        return named == kept ? nil : "\(named) pages name a node, \(kept) nodes keep one"
    }
}
