/// Which pages hold which beginnings: a node is one full page of content after its parent's, with one page per group.
///
/// Nodes are found by exact content, so two beginnings never share a page by chance. A node's page in a windowed group
/// may be gone while the node stays. The tree counts no pages: `PageCache` keeps it and the pools in agreement.
struct PrefixTree: Sendable {
    struct Key: Hashable, Sendable {
        var domain: Int64
        /// The node before, or -1 for the first page.
        var parent: Int32
        var content: [Int64]
    }

    struct Node: Sendable {
        /// Nil in a vacant place.
        var key: Key?
        var childCount: Int32 = 0
        /// Sequences whose last shared page this is.
        var users: Int32 = 0
    }

    private let groupCount: Int
    private(set) var nodes: [Node] = []
    private var pages: [Int32] = []  // [nodes, groups]
    private var steps: [Int] = []  // [nodes, groups]: by when the page is written
    private var vacant: [Int32] = []
    private var places: [Key: Int32] = [:]

    init(groupCount: Int) {
        self.groupCount = groupCount
    }

    var count: Int { places.count }

    func find(_ key: Key) -> Int32? { places[key] }

    func page(_ node: Int32, group: Int) -> Int32 { pages[Int(node) * groupCount + group] }

    /// The step by which the page was written.
    func step(_ node: Int32, group: Int) -> Int { steps[Int(node) * groupCount + group] }

    mutating func setPage(_ node: Int32, group: Int, to page: Int32, step: Int) {
        pages[Int(node) * groupCount + group] = page
        steps[Int(node) * groupCount + group] = step
    }

    /// Adds a node that is not there yet, with no pages.
    mutating func insert(_ key: Key) -> Int32 {
        let node = vacant.popLast() ?? Int32(nodes.count)
        if Int(node) == nodes.count {
            nodes.append(Node())
            pages.append(contentsOf: repeatElement(PagePool.none, count: groupCount))
            steps.append(contentsOf: repeatElement(0, count: groupCount))
        }
        nodes[Int(node)] = Node(key: key)
        places[key] = node
        if key.parent >= 0 { nodes[Int(key.parent)].childCount += 1 }
        return node
    }

    mutating func retain(_ node: Int32) {
        if node >= 0 { nodes[Int(node)].users += 1 }
    }

    mutating func release(_ node: Int32) {
        guard node >= 0 else { return }
        nodes[Int(node)].users -= 1
        prune(node)
    }

    mutating func removePage(_ node: Int32, group: Int) {
        pages[Int(node) * groupCount + group] = PagePool.none
    }

    /// Removes the node, and the ones before it, as long as they have no page, no child and no user.
    mutating func prune(_ node: Int32) {
        var node = node
        while node >= 0, let key = nodes[Int(node)].key, isEmpty(node) {
            places[key] = nil
            nodes[Int(node)] = Node()
            vacant.append(node)
            if key.parent >= 0 { nodes[Int(key.parent)].childCount -= 1 }
            node = key.parent
        }
    }

    private func isEmpty(_ node: Int32) -> Bool {
        let entry = nodes[Int(node)]
        guard entry.childCount == 0, entry.users == 0 else { return false }
        return (0..<groupCount).allSatisfy { page(node, group: $0) == PagePool.none }
    }
}

extension PrefixTree {
    /// What is wrong with the links, given how many sequences end on each node; nil if nothing is.
    func fault(users counted: [Int32]) -> String? {
        var children = Array(repeating: Int32(0), count: nodes.count)
        var live = 0
        for (index, node) in nodes.enumerated() {
            guard let key = node.key else { continue }
            live += 1
            if places[key] != Int32(index) { return "node \(index) is not found by its key" }
            if key.parent >= 0 {
                if nodes[Int(key.parent)].key == nil { return "node \(index) hangs on vacant node \(key.parent)" }
                children[Int(key.parent)] += 1
            }
            if isEmpty(Int32(index)) { return "node \(index) is empty" }
        }
        if live != places.count || live + vacant.count != nodes.count {
            return "\(live) nodes, \(places.count) places and \(vacant.count) vacant of \(nodes.count)"
        }
        for (index, node) in nodes.enumerated() where node.childCount != children[index] {
            return "node \(index) has \(children[index]) children, \(node.childCount) counted"
        }
        for (index, node) in nodes.enumerated() where node.users != counted[index] {
            return "node \(index) has \(counted[index]) users, \(node.users) counted"
        }
        return nil
    }
}
