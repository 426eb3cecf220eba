/// A beginning that is in the cache.
struct PrefixMatch: Sendable {
    /// Its nodes, from the first page.
    var nodes: [Int32] = []
}

extension PageCache {
    /// The longest cached beginning of at most `limit` pages from which a sequence can go on: every group has the
    /// pages that the next row sees.
    func match(_ history: TokenHistory, limit: Int) -> PrefixMatch {
        guard sharesPrefixes, limit > 0 else { return PrefixMatch() }
        var nodes: [Int32] = []
        var parent = PagePool.none
        while nodes.count < limit {
            let content = history.page(nodes.count, size: pageSize)
            let key = PrefixTree.Key(domain: history.domain, parent: parent, content: content)
            guard let node = tree.find(key) else { break }
            nodes.append(node)
            parent = node
        }
        nodes.removeSubrange(usablePageCount(nodes)...)
        return PrefixMatch(nodes: nodes)
    }

    /// The longest beginning of a chain whose pages, as far as the row after it sees them, are all there.
    private func usablePageCount(_ nodes: [Int32]) -> Int {
        var runs = Array(repeating: 0, count: groups.count)  // pages present without a gap before `count`
        var usable = 0
        for (index, node) in nodes.enumerated() {
            let count = index + 1
            var suffices = true
            for (group, layers) in groups.enumerated() {
                runs[group] = tree.page(node, group: group) == PagePool.none ? 0 : runs[group] + 1
                let first = layers.firstPosition(seenBy: count * pageSize) / pageSize
                suffices = suffices && runs[group] >= count - first
            }
            if suffices { usable = count }
        }
        return usable
    }

    /// Pages of a match that would no longer be available once it is adopted.
    func cachedPageCount(of match: PrefixMatch, group: Int) -> Int {
        let count = match.nodes.count
        let first = min(count, groups[group].firstPosition(seenBy: count * pageSize) / pageSize)
        return match.nodes[first...].reduce(0) {
            $0 + (pools[group].users(of: tree.page($1, group: group)) == 0 ? 1 : 0)
        }
    }

    /// Makes an empty table begin with a match, and uses those of its pages that the row after it sees.
    mutating func adopt(_ match: PrefixMatch, into table: inout PageTable) {
        let count = match.nodes.count
        guard let last = match.nodes.last else { return }
        for (group, layers) in groups.enumerated() {
            let first = min(count, layers.firstPosition(seenBy: count * pageSize) / pageSize)
            table.pages[group] = Array(repeating: PagePool.none, count: first)
            table.passedCounts[group] = first
            for node in match.nodes[first...] {
                let page = tree.page(node, group: group)
                pools[group].retain(page)
                table.pages[group].append(page)
            }
        }
        tree.retain(last)
        table.lastNode = last
        table.sharedCount = count
    }

    /// Makes the full pages among the first `rowCount` rows known to the tree.
    ///
    /// The rows have been planned, in step `step` at the latest, and their tokens are known; a later plan may use them
    /// though that step has not run, since it runs before. Where the tree has the page already, the table takes over
    /// the tree's and gives its own back: the contents are equal, and steps that read its own run before its next use.
    mutating func publish(_ table: inout PageTable, _ history: TokenHistory, rowCount: Int, step: Int) {
        guard sharesPrefixes else { return }
        while (table.sharedCount + 1) * pageSize <= min(rowCount, history.count) {
            let index = table.sharedCount
            let key = PrefixTree.Key(
                domain: history.domain, parent: table.lastNode, content: history.page(index, size: pageSize))
            let node = tree.find(key) ?? tree.insert(key)
            tree.retain(node)
            for group in groups.indices { share(&table, index, with: node, group: group, step: step) }
            tree.release(table.lastNode)
            table.lastNode = node
            table.sharedCount += 1
        }
    }

    private mutating func share(_ table: inout PageTable, _ index: Int, with node: Int32, group: Int, step: Int) {
        let own = table.pages[group][index]
        let shared = tree.page(node, group: group)
        guard own != PagePool.none, own != shared else { return }
        if shared == PagePool.none {
            tree.setPage(node, group: group, to: own, step: step)
            pools[group].keep(own, for: node)
        } else {
            pools[group].retain(shared)
            pools[group].release(own)
            table.pages[group][index] = shared
        }
    }

    /// Forgets all pages that were written in `step` or later; no sequence may use one of them any more.
    mutating func forget(since step: Int) {
        for node in tree.nodes.indices.map({ Int32($0) }) {
            for group in groups.indices where tree.step(node, group: group) >= step { dropPage(of: node, group: group) }
            tree.prune(node)
        }
    }

    /// Forgets every page that no sequence uses.
    mutating func forgetUnused() {
        for group in groups.indices {
            while let page = pools[group].leastRecentlyUsed { evict(page, group: group) }
        }
    }
}
