import Testing

@testable import ZondaScheduling

@Suite struct PrefixTreeTests {
    private func key(_ content: Int64, after parent: Int32 = PagePool.none, domain: Int64 = 0) -> PrefixTree.Key {
        PrefixTree.Key(domain: domain, parent: parent, content: [content, content])
    }

    @Test func nodesAreFoundByDomainParentAndContent() {
        var tree = PrefixTree(groupCount: 1)
        let first = tree.insert(key(1))
        let second = tree.insert(key(1, after: first))
        #expect(tree.find(key(1)) == first)
        #expect(tree.find(key(1, after: first)) == second)
        #expect(tree.find(key(1, domain: 2)) == nil)
        #expect(tree.find(key(2)) == nil)
        #expect(tree.nodes[Int(first)].childCount == 1)
    }

    @Test func emptyNodesGoWithTheirEmptyParents() {
        var tree = PrefixTree(groupCount: 2)
        let first = tree.insert(key(1))
        let second = tree.insert(key(2, after: first))
        let third = tree.insert(key(3, after: second))
        tree.setPage(first, group: 1, to: 7, step: 0)
        tree.retain(third)
        #expect(tree.fault(users: [0, 0, 1]) == nil)
        #expect(tree.fault(users: [0, 0, 0]) != nil)
        tree.prune(third)
        #expect(tree.count == 3)
        tree.release(third)
        #expect(tree.count == 1)
        #expect(tree.fault(users: [0, 0, 0]) == nil)
        tree.removePage(first, group: 1)
        #expect(tree.fault(users: [0, 0, 0]) == "node 0 is empty")
        tree.prune(first)
        #expect(tree.count == 0)
        #expect(tree.insert(key(4)) < 3)
        #expect(tree.nodes.count == 3)
    }

    @Test func aPageRemembersByWhenItIsWritten() {
        var tree = PrefixTree(groupCount: 2)
        let node = tree.insert(key(1))
        tree.setPage(node, group: 0, to: 4, step: 9)
        tree.setPage(node, group: 1, to: 5, step: 11)
        #expect([tree.step(node, group: 0), tree.step(node, group: 1)] == [9, 11])
        #expect([tree.page(node, group: 0), tree.page(node, group: 1)] == [4, 5])
    }
}
