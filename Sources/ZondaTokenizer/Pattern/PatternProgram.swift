import ZondaCore

/// A pattern compiled to instructions for `PatternMatcher`.
struct PatternProgram: Sendable {
    /// Unrolled repeats multiply; no pattern in use needs a hundredth of this.
    static let maxInstructionCount = 20_000

    enum Instruction: Sendable {
        /// Consumes one scalar of set `set`.
        case set(Int)
        /// Consumes from `min` to `max` scalars of one set, as many as there are; gives some back unless possessive.
        case loop(set: Int, min: Int, max: Int, givesBack: Bool)
        /// Tries `first`, then `second`.
        case split(first: Int, second: Int)
        /// Tries the targets of a table in order, those that can start with the next byte.
        case alternatives(Int)
        case jump(Int)
        /// Runs what follows up to its `accept`, consumes nothing, goes on at `end`.
        case lookAhead(end: Int, negative: Bool)
        case lookBehind(set: Int, negative: Bool)
        /// Runs what follows up to its `accept`, keeps its first way to match, goes on at `end`.
        case atomic(end: Int)
        case assertion(PatternNode.Assertion)
        case accept
    }

    struct Alternatives: Sendable {
        var targets: [Int] = []
        /// By first byte: which of the targets can start with it, as bits.
        var masks: [UInt64] = Array(repeating: 0, count: 256)
        /// Those that can match at the end of the text.
        var maskAtEnd: UInt64 = 0
    }

    private(set) var instructions: [Instruction] = []
    private(set) var sets: [CompiledScalarSet] = []
    private(set) var tables: [Alternatives] = []
    /// What a match can start with: elsewhere a search need not try.
    let firstBytes: ByteSet
    let pattern: String
    private var setIndices: [ScalarSet: Int] = [:]

    init(_ pattern: String) throws(ZondaError) {
        let node = try PatternParser.parse(pattern)
        self.pattern = pattern
        firstBytes = node.firstBytes
        try compile(node)
        instructions.append(.accept)
    }

    private mutating func index(of set: ScalarSet) -> Int {
        if let index = setIndices[set] { return index }
        sets.append(CompiledScalarSet(set))
        setIndices[set] = sets.count - 1
        return sets.count - 1
    }

    private mutating func compile(_ node: PatternNode) throws(ZondaError) {
        guard instructions.count < Self.maxInstructionCount else {
            throw ZondaError(
                .unsupported,
                "the pattern \(pattern.debugDescription) compiles to more than \(Self.maxInstructionCount) instructions",
                remedy: "its repeats are too long", facts: ["pattern": pattern])
        }
        switch node {
        case .set(let set): instructions.append(.set(index(of: set)))
        case .sequence(let nodes): for node in nodes { try compile(node) }
        case .alternatives(let nodes): try compile(alternatives: nodes)
        case .repeated(let node, let min, let max, let greed): try compile(node, min: min, max: max, greed)
        case .look(.set(let set), ahead: false, let negative):
            instructions.append(.lookBehind(set: index(of: set), negative: negative))
        case .look(let body, _, let negative):
            try compileBody(body) { .lookAhead(end: $0, negative: negative) }
        case .atomic(let body): try compileBody(body) { .atomic(end: $0) }
        case .assertion(let assertion): instructions.append(.assertion(assertion))
        }
    }

    private mutating func compileBody(
        _ body: PatternNode, _ opening: (Int) -> Instruction
    ) throws(ZondaError) {
        let start = instructions.count
        instructions.append(.accept)
        try compile(body)
        instructions.append(.accept)
        instructions[start] = opening(instructions.count)
    }

    private mutating func compile(alternatives nodes: [PatternNode]) throws(ZondaError) {
        guard nodes.count <= 64 else { return try compile(manyAlternatives: nodes) }
        let table = tables.count
        tables.append(Alternatives())
        instructions.append(.alternatives(table))
        var ends: [Int] = []
        for (index, node) in nodes.enumerated() {
            tables[table].targets.append(instructions.count)
            let first = node.firstBytes
            for byte in 0..<256 where first.contains(UInt8(byte)) { tables[table].masks[byte] |= 1 << UInt64(index) }
            if node.isNullable { tables[table].maskAtEnd |= 1 << UInt64(index) }
            try compile(node)
            ends.append(instructions.count)
            instructions.append(.accept)
        }
        for end in ends { instructions[end] = .jump(instructions.count) }
    }

    /// More than a mask holds: in nested groups of 64, which keeps their order.
    private mutating func compile(manyAlternatives nodes: [PatternNode]) throws(ZondaError) {
        let groups = stride(from: 0, to: nodes.count, by: 64).map { start in
            PatternNode.alternatives(Array(nodes[start..<min(start + 64, nodes.count)]))
        }
        try compile(.alternatives(groups))
    }

    private mutating func compile(
        _ node: PatternNode, min: Int, max: Int?, _ greed: PatternNode.Greed
    ) throws(ZondaError) {
        if case .set(let set) = node, greed != .lazy {
            let loop = Instruction.loop(set: index(of: set), min: min, max: max ?? .max, givesBack: greed == .greedy)
            instructions.append(loop)
            return
        }
        if greed == .possessive {
            let greedy = PatternNode.repeated(node, min: min, max: max, .greedy)
            return try compileBody(greedy) { .atomic(end: $0) }
        }
        for _ in 0..<min { try compile(node) }
        guard let max else {
            let split = instructions.count
            instructions.append(.accept)
            try compile(node)
            instructions.append(.jump(split))
            instructions[split] = Self.split(split + 1, instructions.count, greed)
            return
        }
        var splits: [Int] = []
        for _ in min..<max {
            splits.append(instructions.count)
            instructions.append(.accept)
            try compile(node)
        }
        for split in splits { instructions[split] = Self.split(split + 1, instructions.count, greed) }
    }

    private static func split(_ body: Int, _ after: Int, _ greed: PatternNode.Greed) -> Instruction {
        greed == .lazy ? .split(first: after, second: body) : .split(first: body, second: after)
    }
}
