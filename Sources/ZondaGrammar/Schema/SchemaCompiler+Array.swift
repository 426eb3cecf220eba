import ZondaCore

extension SchemaCompiler {
    /// An array: the elements with schemas of their own one by one, the others as a repetition.
    mutating func array(_ shape: SchemaShape) throws(ZondaError) -> Expression {
        let prefixCount = shape.elements.map(\.prefix.count).max() ?? 0
        guard prefixCount <= Self.maxEdges else {
            throw SchemaDocument.failure(
                "\(prefixCount) prefixItems are above the cap of \(Self.maxEdges)", at: shape.pointer, remedy: nil)
        }
        try countSize(2 * prefixCount + 4, at: shape.pointer)
        try document.steps.add((prefixCount + 1) * shape.elements.count)
        let maxItems = shape.maxItems ?? .max
        guard shape.minItems <= maxItems else { return .nothing }
        let rest = element(at: prefixCount, shape)
        var graph = ExpressionGraph()
        let end = graph.addState()
        graph.finals.insert(end)
        // The state after `count` elements.
        var state = graph.start
        var count = 0
        let spelledOut = min(max(prefixCount, 1), maxItems)
        while true {
            if count >= shape.minItems { close(&graph, state, isEmpty: count == 0, end) }
            guard count < spelledOut else { break }
            let next = graph.addState()
            let element = element(at: count, shape)
            graph.addEdge(state, .sequence(count == 0 ? [gap, element] : [.literal(","), gap, element]), next)
            state = next
            count += 1
        }
        if count < maxItems {
            let after = graph.addState()
            let least = max(0, shape.minItems - count)
            // No times was closed above where it is allowed.
            graph.addEdge(
                state,
                .repeated(
                    .sequence([.literal(","), gap, rest]), min: max(1, least), max: shape.maxItems.map { $0 - count }),
                after)
            close(&graph, after, isEmpty: false, end)
        }
        return .sequence([.literal("["), .graph(graph)])
    }

    private mutating func close(_ graph: inout ExpressionGraph, _ state: Int, isEmpty: Bool, _ end: Int) {
        graph.addEdge(state, .sequence(isEmpty ? [.literal("]")] : [gap, .literal("]")]), end)
    }

    private mutating func element(at index: Int, _ shape: SchemaShape) -> Expression {
        value(of: elementSchemas(at: index, shape))
    }

    func elementSchemas(at index: Int, _ shape: SchemaShape) -> [Int] {
        shape.elements.compactMap { index < $0.prefix.count ? $0.prefix[index] : $0.rest }
    }
}
