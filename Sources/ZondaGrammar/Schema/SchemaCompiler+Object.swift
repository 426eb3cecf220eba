import OrderedCollections
import ZondaCore
import ZondaFormats

extension SchemaCompiler {
    /// An object: the members that schemas name in their order, each left out where it is optional, then others.
    mutating func object(_ shape: SchemaShape) throws(ZondaError) -> Expression {
        guard let names = try declaredNames(shape) else { return .nothing }
        let extras = try extraMembers(shape, excluding: names)
        try checkCounts(shape, names, hasExtras: !extras.isEmpty)
        let limit = shape.maxProperties ?? .max
        // Counts above this act alike.
        let top = max(1, shape.maxProperties ?? shape.minProperties)
        let countsApart = min(top, names.count + shape.minProperties + 1)
        // No overflow: counts are below 2^31, and names are in memory.
        let edgeCount = (names.count + 1) * countsApart + (extras.isEmpty ? 0 : shape.maxProperties ?? 0)
        guard edgeCount <= Self.maxEdges else {
            throw SchemaDocument.failure(
                "\(names.count) properties with counts up to \(top) (minProperties, maxProperties) are above the cap of "
                    + "\(Self.maxEdges) edges",
                at: shape.pointer, remedy: "leave out minProperties or maxProperties")
        }
        try countSize(2 * edgeCount + names.reduce(0) { $0 + $1.name.utf8.count }, at: shape.pointer)
        var graph = ExpressionGraph()
        let end = graph.addState()
        graph.finals.insert(end)
        // By count of members so far: the state before the next name.
        var states = [0: graph.start]
        for (name, isRequired) in names {
            let schemas = try memberSchemas(name, shape)
            let isForbidden = schemas.contains { document.schemas[$0].value == false }
            let member = Expression.sequence([
                .literal(JSONValue.string(name).text), Self.colon, value(of: schemas),
            ])
            var next: [Int: Int] = [:]
            for (count, state) in states.sorted(by: { $0.key < $1.key }) {
                if !isRequired { connect(&graph, state, .empty, &next, count) }
                guard count < limit, !isForbidden else { continue }
                connect(&graph, state, .sequence(separator(count) + [member]), &next, min(count + 1, top))
            }
            states = next
        }
        let after = addExtras(extras, &graph, &states, shape, top)
        for (count, state) in Array(states) + Array(after) where count >= shape.minProperties {
            graph.addEdge(state, count == 0 ? .literal("}") : .sequence([gap, .literal("}")]), end)
        }
        return .sequence([.literal("{"), .graph(graph)])
    }

    private mutating func separator(_ count: Int) -> [Expression] { count == 0 ? [gap] : [.literal(","), gap] }

    private func connect(
        _ graph: inout ExpressionGraph, _ state: Int, _ expression: Expression, _ next: inout [Int: Int], _ count: Int
    ) {
        let target = next[count] ?? graph.addState()
        next[count] = target
        graph.addEdge(state, expression, target)
    }

    /// Members that no schema names. Nothing keeps their names apart, so without an upper limit all of them count as one
    /// member. The result are states after them, which may end as the others.
    private mutating func addExtras(
        _ extras: [Expression], _ graph: inout ExpressionGraph, _ states: inout [Int: Int], _ shape: SchemaShape,
        _ top: Int
    ) -> [Int: Int] {
        guard !extras.isEmpty else { return [:] }
        let extra = Expression.choice(extras)
        if let limit = shape.maxProperties {
            for count in 0..<limit {
                guard let state = states[count] else { continue }
                connect(&graph, state, .sequence(separator(count) + [extra]), &states, count + 1)
            }
            return [:]
        }
        var after: [Int: Int] = [:]
        for (count, state) in states.sorted(by: { $0.key < $1.key }) {
            connect(&graph, state, .sequence(separator(count) + [extra]), &after, min(count + 1, top))
        }
        for (count, state) in after { graph.addEdge(state, .sequence(separator(count) + [extra]), state) }
        return after
    }

    private func checkCounts(
        _ shape: SchemaShape, _ names: [(name: String, isRequired: Bool)], hasExtras: Bool
    ) throws(ZondaError) {
        guard hasExtras else { return }
        let required = names.count { $0.isRequired }
        if shape.minProperties > max(names.count + 1, 1)
            || shape.maxProperties != nil && shape.minProperties > max(1, required)
        {
            throw SchemaDocument.failure(
                "minProperties \(shape.minProperties) is not supported here: names that are not in properties may repeat",
                at: shape.pointer + "/minProperties", remedy: "name the properties, or require fewer")
        }
    }

    // MARK: Names

    /// The names that schemas speak of, in their order, and what else is required; nil where `propertyNames` refuses a name
    /// that is required.
    private mutating func declaredNames(
        _ shape: SchemaShape
    ) throws(ZondaError) -> [(name: String, isRequired: Bool)]? {
        var names: OrderedSet<String> = []
        for members in shape.members { names.formUnion(members.properties.keys) }
        names.formUnion(shape.required)
        var found: [(String, Bool)] = []
        for name in names {
            let isRequired = shape.required.contains(name)
            if try !nameMatches(name, shape) {
                if isRequired { return nil }
                continue
            }
            found.append((name, isRequired))
        }
        return found
    }

    private mutating func nameMatches(_ name: String, _ shape: SchemaShape) throws(ZondaError) -> Bool {
        for schema in shape.names where try !matches(.string(name), [schema]) { return false }
        return true
    }

    mutating func memberSchemas(_ name: String, _ shape: SchemaShape) throws(ZondaError) -> [Int] {
        var schemas: [Int] = []
        for members in shape.members {
            try document.steps.add()
            var patterns: [Int] = []
            for pattern in members.patterns where try pattern.language.contains(name, &document.steps) {
                patterns.append(pattern.schema)
            }
            if let property = members.properties[name] { schemas.append(property) }
            schemas += patterns
            if members.properties[name] == nil, patterns.isEmpty, let additional = members.additional {
                schemas.append(additional)
            }
        }
        return schemas
    }

    /// Members with free names: one alternative for each combination of patterns that a name can match.
    private mutating func extraMembers(
        _ shape: SchemaShape, excluding names: [(name: String, isRequired: Bool)]
    ) throws(ZondaError) -> [Expression] {
        if shape.maxProperties == 0 { return [] }
        let patterns = shape.members.flatMap(\.patterns)
        guard patterns.count <= SchemaShape.maxPatternProperties else {
            throw SchemaDocument.failure(
                "\(patterns.count) patternProperties together are above the cap of \(SchemaShape.maxPatternProperties)",
                at: shape.pointer, remedy: nil)
        }
        var found: [Expression] = []
        for combination in 0..<(1 << patterns.count) {
            var schemas: [Int] = []
            var index = 0
            for members in shape.members {
                var isMatched = false
                for pattern in members.patterns {
                    if combination >> index & 1 == 1 {
                        isMatched = true
                        schemas.append(pattern.schema)
                    }
                    index += 1
                }
                if !isMatched, let additional = members.additional { schemas.append(additional) }
            }
            guard !schemas.contains(where: { document.schemas[$0].value == false }) else { continue }
            guard let key = try extraKey(combination, patterns.map(\.language), names.map(\.name), shape) else {
                continue
            }
            found.append(.sequence([key, Self.colon, value(of: schemas)]))
        }
        return found
    }

    /// The key of a free member; nil when there is none.
    private mutating func extraKey(
        _ combination: Int, _ patterns: [ScalarAutomaton], _ names: [String], _ shape: SchemaShape
    ) throws(ZondaError) -> Expression? {
        var declared = Set(names)
        for members in shape.members { declared.formUnion(members.properties.keys) }
        if patterns.isEmpty, declared.isEmpty, shape.names.isEmpty { return anyString }
        var language = try ScalarAutomaton.words(declared.sorted(), &document.steps).complement
        for (index, pattern) in patterns.enumerated() {
            language = try language.intersection(
                combination >> index & 1 == 1 ? pattern : pattern.complement, &document.steps)
        }
        for schema in shape.names {
            language = try language.intersection(nameLanguage(of: schema), &document.steps)
        }
        try countSize(language.edges.count, at: shape.pointer)
        return language.isEmpty ? nil : Self.quoted(language)
    }

    /// The strings that a schema for names accepts.
    private mutating func nameLanguage(of schema: Int) throws(ZondaError) -> ScalarAutomaton {
        // The complement of the strings that none accepts.
        var refused = ScalarAutomaton.all
        for found in try document.cases([schema]) {
            guard found.alternative.branches.isEmpty else {
                throw SchemaDocument.failure(
                    "oneOf in propertyNames is not supported", at: document.schemas[schema].pointer, remedy: "use anyOf"
                )
            }
            guard found.shape.kinds.contains(.string) else { continue }
            var accepted = try document.language(found.shape)
            if let values = found.shape.values {
                let words = try ScalarAutomaton.words(values.compactMap(\.string), &document.steps)
                accepted = try accepted.intersection(words, &document.steps)
            }
            refused = try refused.intersection(accepted.complement, &document.steps)
        }
        return refused.complement
    }
}
