extension Array where Element: Sendable {
    /// What `body` makes of each element, all of them at the same time, in their order. The first error ends the others.
    func mapTogether<Value: Sendable>(
        _ body: @escaping @Sendable (Element) async throws -> Value
    ) async throws -> [Value] {
        try await withThrowingTaskGroup(of: (Int, Value).self) { group in
            for (index, element) in enumerated() { group.addTask { (index, try await body(element)) } }
            var values: [Int: Value] = [:]
            for try await (index, value) in group { values[index] = value }
            return indices.compactMap { values[$0] }
        }
    }
}
