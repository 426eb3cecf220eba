extension Renderer {
    func run(_ statements: [Statement]) throws -> Flow {
        try descend()
        defer { depth -= 1 }
        for statement in statements {
            let flow = try run(statement)
            if flow != .next { return flow }
        }
        return .next
    }

    private func run(_ statement: Statement) throws -> Flow {
        try step()
        switch statement {
        case .text(let text): try write(text)
        case .output(let expression, let site):
            let value = try evaluate(expression)
            if let text = value.text {
                try write(text)
            } else {
                self.site = site
                try write(try string(value))
            }
        case .branch(let branches, let otherwise):
            for (test, body) in branches where try evaluate(test).isTrue { return try run(body) }
            return try otherwise.isEmpty ? .next : run(otherwise)
        case .loop(let loop):
            let iterable = try evaluate(loop.iterable)
            site = loop.site
            return try run(loop, over: iterable, parent: frame, depth: 0)
        case .assign(let target, let expression, let site):
            let value = try evaluate(expression)
            self.site = site
            try assign(value, to: target)
        case .capture(let target, let filters, let body, let site):
            var flow = Flow.next
            var value = Value.string(try captured { flow = try run(body) })
            if let filters { value = try apply(filters, to: value) }
            self.site = site
            try assign(value, to: target)
            return flow
        case .macro(let slot, let syntax): frame.slots[slot] = try macro(syntax)
        case .call(let call, let caller, let site): try run(call, caller: try macro(caller), at: site)
        case .filter(let filters, let body):
            var flow = Flow.next
            let text = try captured { flow = try run(body) }
            try write(try string(try apply(filters, to: .string(text))))
            return flow
        case .with(let bindings, let body, let site):
            let inner = try makeFrame(body.scope, parent: frame)
            let values = try bindings.map { try evaluate($0.value) }
            let outer = frame
            frame = inner
            self.site = site
            for (binding, value) in zip(bindings, values) { try assign(value, to: binding.target) }
            let flow = try run(body.statements)
            frame = outer
            return flow
        case .scope(let body): return try run(body)
        case .block(let body, let isScoped): return try run(body, parent: isScoped ? frame : root)
        case .autoescape(let expression, let body, let site):
            let isOn = try evaluate(expression).isTrue
            self.site = site
            guard !isOn else { throw Fault(.limit, "escaping all text is not supported in chat templates") }
            return try run(body)
        case .breakLoop: return .leave
        case .continueLoop: return .again
        case .refuse(let tag, let site):
            self.site = site
            throw Fault(.security, "'\(tag)' needs another template, and a chat template stands alone")
        }
        return .next
    }

    private func macro(_ syntax: MacroSyntax) throws -> Value {
        try keep(frame)
        return .object(Macro(syntax, frame: frame))
    }

    func assign(_ value: Value, to target: Target) throws {
        switch target {
        case .slot(let slot): frame.slots[slot] = value
        case .tuple(let targets):
            let values = try elements(of: value)
            guard values.count == targets.count else {
                throw Fault(
                    .value,
                    values.count > targets.count
                        ? "too many values to unpack (expected \(targets.count))"
                        : "not enough values to unpack (expected \(targets.count), got \(values.count))")
            }
            for (target, value) in zip(targets, values) { try assign(value, to: target) }
        case .attribute(let name, let attribute, let site):
            self.site = site
            guard case .object(let object) = self.value(of: name), let namespace = object as? Namespace else {
                throw Fault(.runtime, "cannot assign attribute on non-namespace object")
            }
            try namespace.set(attribute, to: value)
        }
    }

    // MARK: Loops

    func run(_ loop: LoopSyntax, over iterable: Value, parent: Frame, depth: Int) throws -> Flow {
        let outer = frame
        let scope = scopes[loop.body.scope]
        frame = try makeFrame(loop.body.scope, parent: parent)
        var values = try elements(of: iterable)
        if let condition = loop.condition {
            values = try values.filter { value in
                try step()
                try assign(value, to: loop.target)
                return try evaluate(condition).isTrue
            }
        }
        let object =
            scope.usesLoop || loop.isRecursive
            ? try LoopObject(values, of: iterable, depth: depth, recursion: loop.isRecursive ? (loop, parent) : nil)
            : nil
        if loop.isRecursive { try keep(parent) }
        var isElse = true
        rounds: for (index, value) in values.enumerated() {
            try spend(steps: 1 + frame.slots.count >> 2)
            for slot in frame.slots.indices { frame.slots[slot] = nil }
            if let object {
                object.index = index
                frame.slots[loop.loopSlot] = .object(object)
            }
            try assign(value, to: loop.target)
            switch try run(loop.body.statements) {
            // As in the reference, a round that `continue` cuts short does not count as one for `else`.
            case .next: isElse = false
            case .again: continue rounds
            case .leave: break rounds
            }
        }
        frame = outer
        if isElse, let otherwise = loop.otherwise { return try run(otherwise, parent: parent) }
        return .next
    }
}
