public import ZondaCore

extension Grammar {
    /// Any text in which `trigger` is always followed by `rest`: calls within free text.
    ///
    /// The text may end anywhere but within a `rest`. Once the last character of `trigger` is there, only `rest` may
    /// follow, and after it free text again.
    /// - Parameters:
    ///   - trigger: text that begins a call, not empty; ordinary tokens spell it in any way.
    ///   - limit: how many times `trigger` may occur; nil for any number.
    public static func freeText(until trigger: String, then rest: Grammar, atMost limit: Int? = nil) -> Grammar {
        let scalars = Array(trigger.unicodeScalars).map(\.value)
        precondition(!scalars.isEmpty, "free text needs a trigger")
        return freeText(rest: rest, limit: limit) { graph, start, found in
            graph.addSearch(for: scalars, from: start, to: found)
        }
    }

    /// The same for a special token that begins a call.
    public static func freeText(until trigger: TokenID, then rest: Grammar, atMost limit: Int? = nil) -> Grammar {
        freeText(rest: rest, limit: limit) { graph, start, found in
            graph.addEdge(start, .scalars(.all), start)
            graph.finals.insert(start)
            if let found { graph.addEdge(start, .token(trigger), found) }
        }
    }

    /// Any text that does not contain `trigger`.
    public static func freeText(without trigger: String) -> Grammar {
        freeText(until: trigger, then: .choice([]), atMost: 0)
    }

    /// - Parameter addText: adds states for text from a state to the one after the trigger; nil where it is forbidden.
    private static func freeText(
        rest: Grammar, limit: Int?, addText: (inout ExpressionGraph, Int, Int?) -> Void
    ) -> Grammar {
        var graph = ExpressionGraph()
        var start = graph.start
        for _ in 0..<max(0, limit ?? 1) {
            let found = graph.addState()
            addText(&graph, start, found)
            let next = limit == nil ? start : graph.addState()
            graph.addEdge(found, .rule(rest.rules.count), next)
            start = next
        }
        if limit != nil { addText(&graph, start, nil) }
        return Grammar(rules: rest.rules + [rest.root], root: .graph(graph))
    }
}

extension ExpressionGraph {
    /// States that read any text and notice its first `pattern` (Knuth, Morris and Pratt 1977).
    fileprivate mutating func addSearch(for pattern: [UInt32], from start: Int, to found: Int?) {
        // fallbacks[n]: how much of the pattern still matches when n characters did and the next one doesn't.
        var fallbacks = [0, 0]
        for index in 1..<max(1, pattern.count) {
            var length = fallbacks[index]
            while length > 0, pattern[index] != pattern[length] { length = fallbacks[length] }
            fallbacks.append(pattern[index] == pattern[length] ? length + 1 : 0)
        }
        let states = [start] + (1..<max(1, pattern.count)).map { _ in addState() }
        for (matched, state) in states.enumerated() {
            finals.insert(state)
            var other = ScalarSet.all
            for scalar in Set(pattern).sorted() {
                other.subtract(ScalarSet(scalar))
                var length = matched
                while length > 0, pattern[length] != scalar { length = fallbacks[length] }
                if pattern[length] == scalar { length += 1 }
                if length < pattern.count {
                    addEdge(state, .scalars(ScalarSet(scalar)), states[length])
                } else if let found {
                    addEdge(state, .scalars(ScalarSet(scalar)), found)
                }
            }
            addEdge(state, .scalars(other), start)
        }
    }
}
