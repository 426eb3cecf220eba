/// The pages of one group: which are free, which are kept by the prefix tree, and how many sequences use each.
///
/// A page is *free* (nobody knows it), *cached* (a node of the tree keeps it and no sequence uses it: it may be taken,
/// the least recently used first) or *used*. Every operation takes constant time.
struct PagePool: Sendable {
    /// No node, no page: the end of a list.
    static let none: Int32 = -1

    private struct Page {
        /// Sequences that have the page in their table.
        var users: Int32 = 0
        /// The node of the prefix tree that keeps the page.
        var node: Int32 = none
        /// Neighbours among the cached pages, ordered by when their last user left.
        var older: Int32 = none
        var newer: Int32 = none
    }

    private var pages: [Page]
    private var free: [Int32]
    private var oldest = none
    private var newest = none
    private(set) var cachedCount = 0

    init(pageCount: Int) {
        pages = Array(repeating: Page(), count: pageCount)
        free = (0..<Int32(pageCount)).reversed()
    }

    var totalCount: Int { pages.count }
    var freeCount: Int { free.count }
    var usedCount: Int { totalCount - freeCount - cachedCount }
    /// Pages that can be had without taking one from a sequence.
    var availableCount: Int { freeCount + cachedCount }
    /// The cached page whose last user left first.
    var leastRecentlyUsed: Int32? { oldest == Self.none ? nil : oldest }

    func users(of page: Int32) -> Int32 { pages[Int(page)].users }
    func node(of page: Int32) -> Int32 { pages[Int(page)].node }

    /// Takes a free page for one user.
    mutating func allocate() -> Int32? {
        guard let page = free.popLast() else { return nil }
        pages[Int(page)].users = 1
        return page
    }

    /// Adds a user to a page that a node keeps.
    mutating func retain(_ page: Int32) {
        if pages[Int(page)].users == 0 { unlink(page) }
        pages[Int(page)].users += 1
    }

    /// Takes a user from a page; the last one leaves it cached if a node keeps it, free if not.
    mutating func release(_ page: Int32) {
        pages[Int(page)].users -= 1
        guard pages[Int(page)].users == 0 else { return }
        if pages[Int(page)].node == Self.none { free.append(page) } else { link(page) }
    }

    /// Gives a used page to a node.
    mutating func keep(_ page: Int32, for node: Int32) {
        pages[Int(page)].node = node
    }

    /// Takes a page from its node; it is free unless a sequence still uses it.
    mutating func drop(_ page: Int32) {
        pages[Int(page)].node = Self.none
        guard pages[Int(page)].users == 0 else { return }
        unlink(page)
        free.append(page)
    }

    private mutating func link(_ page: Int32) {
        pages[Int(page)].older = newest
        pages[Int(page)].newer = Self.none
        if newest == Self.none { oldest = page } else { pages[Int(newest)].newer = page }
        newest = page
        cachedCount += 1
    }

    private mutating func unlink(_ page: Int32) {
        let (older, newer) = (pages[Int(page)].older, pages[Int(page)].newer)
        if older == Self.none { oldest = newer } else { pages[Int(older)].newer = newer }
        if newer == Self.none { newest = older } else { pages[Int(newer)].older = older }
        cachedCount -= 1
    }
}

extension PagePool {
    /// What is wrong with the lists, given how many tables hold each page; nil if nothing is.
    func fault(users counted: [Int32]) -> String? {
        var listed = Array(repeating: 0, count: pages.count)
        for page in free {
            listed[Int(page)] += 1
            if pages[Int(page)].node != Self.none { return "page \(page) is free and kept by a node" }
        }
        var (page, cached, last) = (oldest, 0, Self.none)
        while page != Self.none, cached <= pages.count {
            listed[Int(page)] += 1
            if pages[Int(page)].node == Self.none { return "page \(page) is cached by no node" }
            if pages[Int(page)].older != last { return "page \(page) has a broken link" }
            (page, cached, last) = (pages[Int(page)].newer, cached + 1, page)
        }
        if cached != cachedCount || last != newest { return "\(cached) pages are linked, \(cachedCount) counted" }
        for (index, page) in pages.enumerated() {
            if page.users != counted[index] {
                return "page \(index) has \(counted[index]) users, \(page.users) counted"
            }
            if listed[index] != (page.users == 0 ? 1 : 0) {
                return "page \(index) with \(page.users) users is in \(listed[index]) lists"
            }
        }
        return nil
    }
}
