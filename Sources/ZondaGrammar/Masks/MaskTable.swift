import ZondaCore

/// The masks of one grammar over one vocabulary that were needed so far.
///
/// What a set of configurations allows depends on the stack below it only through tokens that end the rule and go on in
/// its caller. So a mask is kept in parts: the tokens that the set itself allows, with the places in the tree of tokens
/// at which its rule may be over; then, for a frame below, what those places go on to; and so on down the stack, as far
/// as tokens reach. A part is made once: the first for a state costs a walk over the tree (milliseconds where nearly all
/// tokens are allowed, microseconds where few are), one for a frame only the few tokens that cross it.
struct MaskTable {
    struct Part {
        /// One bit per token, or nothing where `tokens` lists them.
        var words: [UInt32] = []
        var tokens: [TokenID] = []
        /// Nodes of the tree at which the frame below goes on.
        var openNodes: [Int32] = []
        var below: [Automaton.Frame: Int] = [:]
    }

    private let vocabulary: GrammarVocabulary
    private(set) var configurations: ConfigurationTable
    private var parts: [Part] = []
    private var firstParts: [Int32: Int] = [:]
    private var plainSets: [Int32: Int32] = [:]
    private var partBytes = 0
    /// Scratch of a walk: the set at each depth.
    private var path: [Int32]

    /// Tokens that the grammar names: they stand for themselves and are no text.
    private let namedTokens: Set<TokenID>

    init(_ automaton: Automaton, _ vocabulary: GrammarVocabulary) {
        namedTokens = automaton.namedTokens
        self.vocabulary = vocabulary
        configurations = ConfigurationTable(automaton)
        path = Array(repeating: 0, count: vocabulary.trie.longestToken + 1)
    }

    var byteCount: Int { configurations.byteCount + partBytes }

    /// A mask or a token begins.
    mutating func beginSteps() { configurations.beginSteps() }

    mutating func withConfigurations<T>(
        _ body: (inout ConfigurationTable) throws(ZondaError) -> T
    ) throws(ZondaError) -> T {
        try body(&configurations)
    }

    /// Adds to `mask` the tokens that may come next.
    mutating func addTokens(at position: Position, to mask: inout [UInt32]) throws(ZondaError) {
        let set = try plain(position.set)
        var part = try firstPart(set)
        var depth = position.base.count
        while true {
            add(parts[part], to: &mask)
            guard !parts[part].openNodes.isEmpty, depth > 0 else { return }
            depth -= 1
            let frame = plain(position.base[depth])
            part = try nextPart(below: part, frame)
        }
    }

    private func add(_ part: Part, to mask: inout [UInt32]) {
        if !part.words.isEmpty {
            part.words.withUnsafeBufferPointer { words in
                mask.withUnsafeMutableBufferPointer { mask in
                    for index in 0..<min(words.count, mask.count) { mask[index] |= words[index] }
                }
            }
        }
        for token in part.tokens { mask[Int(token) >> 5] |= 1 << UInt32(token & 31) }
    }

    // MARK: Counts that act alike

    /// A count so far from its limits that no token reaches them stands for all such counts.
    private static func plain(_ frame: Automaton.Frame, _ loops: [Automaton.Loop], reach: Int32) -> Automaton.Frame {
        guard frame.place < 0 else { return frame }
        let loop = loops[Int(~frame.place)]
        // Above the minimum, and farther below the maximum than tokens reach: any such count will do.
        let isFree = frame.count >= loop.min && (loop.max < 0 || loop.max - frame.count > reach)
        // Farther below the minimum than tokens reach, hence also below the maximum.
        let count = isFree ? loop.min : max(frame.count, loop.min - reach - 1)
        return Automaton.Frame(place: frame.place, count: count)
    }

    private func plain(_ frame: Automaton.Frame) -> Automaton.Frame {
        Self.plain(frame, configurations.automaton.loops, reach: reach)
    }

    /// Times that a token can go through a loop: at most once for each of its bytes, and one more.
    private var reach: Int32 { Int32(vocabulary.trie.longestToken) + 1 }

    private mutating func plain(_ set: Int32) throws(ZondaError) -> Int32 {
        let loops = configurations.automaton.loops
        guard !loops.isEmpty else { return set }
        if let known = plainSets[set] { return known }
        let original = configurations.sets[Int(set)]
        let reach = reach
        let result = try configurations.mapping(original) { Self.plain($0, loops, reach: reach) }
        plainSets[set] = result
        return result
    }

    // MARK: Walks

    private mutating func firstPart(_ set: Int32) throws(ZondaError) -> Int {
        if let known = firstParts[set] { return known }
        let part = try walk(set, from: [0])
        firstParts[set] = part
        return part
    }

    private mutating func nextPart(below part: Int, _ frame: Automaton.Frame) throws(ZondaError) -> Int {
        if let known = parts[part].below[frame] { return known }
        let next = try walk(configurations.closure(of: frame), from: parts[part].openNodes)
        parts[part].below[frame] = next
        return next
    }

    /// The tokens and open nodes of a set that is at each of `nodes`.
    private mutating func walk(_ set: Int32, from nodes: [Int32]) throws(ZondaError) -> Int {
        let trie = vocabulary.trie
        let classOf = configurations.automaton.classOf
        let classCount = configurations.automaton.classCount
        var part = Part()
        var found: [TokenID] = []
        for start in nodes {
            if configurations.pops[Int(set)] { part.openNodes.append(start) }
            path[Int(trie.depths[Int(start)])] = set
            let end = Int(trie.ends[Int(start)])
            var node = Int(start) + 1
            while node < end {
                let depth = Int(trie.depths[node])
                let index = Int(classOf[Int(trie.bytes[node])])
                let before = path[depth - 1]
                var next = configurations.transitions[Int(before) * classCount + index]
                if next < 0 { next = try configurations.transition(before, index) }
                guard next != ConfigurationTable.dead else {
                    node = Int(trie.ends[node])
                    continue
                }
                path[depth] = next
                var token = trie.tokens[node]
                while token >= 0 {
                    found.append(token)
                    token = trie.twins[Int(token)]
                }
                if Int(trie.ends[node]) > node + 1, configurations.pops[Int(next)] {
                    part.openNodes.append(Int32(node))
                }
                node += 1
            }
        }
        if !namedTokens.isEmpty {
            found.removeAll(where: namedTokens.contains)
            if nodes.first == 0 {
                for item in configurations.sets[Int(set)].items {
                    found += configurations.automaton.tokens[Int(item.state)].keys
                }
            }
        }
        if found.count > vocabulary.maskWordCount {
            part.words = Array(repeating: 0, count: vocabulary.maskWordCount)
            for token in found { part.words[Int(token) >> 5] |= 1 << UInt32(token & 31) }
        } else {
            part.tokens = found
        }
        partBytes += 4 * (part.words.count + part.tokens.count + part.openNodes.count) + 200
        parts.append(part)
        return parts.count - 1
    }
}
