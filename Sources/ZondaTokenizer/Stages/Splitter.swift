import ZondaCore

/// Cuts pieces at the places that a string or a pattern matches.
struct Splitter: Sendable {
    enum Delimiter: Sendable {
        case literal([UInt8])
        case pattern(PatternProgram)
    }

    /// What becomes of the matches.
    enum Behavior: String, Sendable, CaseIterable {
        case removed = "Removed"
        case isolated = "Isolated"
        case mergedWithPrevious = "MergedWithPrevious"
        case mergedWithNext = "MergedWithNext"
        case contiguous = "Contiguous"
    }

    let delimiter: Delimiter
    let behavior: Behavior
    /// What the delimiter does not match counts as the match.
    let isInverted: Bool

    init(_ delimiter: Delimiter, _ behavior: Behavior, isInverted: Bool = false) {
        self.delimiter = delimiter
        self.behavior = behavior
        self.isInverted = isInverted
    }

    init(pattern: String, _ behavior: Behavior, isInverted: Bool = false) throws(ZondaError) {
        self.init(.pattern(try PatternProgram(pattern)), behavior, isInverted: isInverted)
    }

    func split(_ pieces: inout Pieces) throws(ZondaError) {
        var ranges: [Range<Int>] = []
        ranges.reserveCapacity(pieces.bytes.count / 4)
        // A typed throw cannot leave the closure of `withUnsafeBufferPointer` in its own type.
        let failure: ZondaError? = pieces.bytes.withUnsafeBufferPointer { text in
            do throws(ZondaError) {
                var finder = MatchFinder(delimiter)
                var segments = SegmentJoiner(behavior)
                for piece in pieces.ranges {
                    try finder.forEachSegment(of: text, in: piece) { range, isMatch in
                        segments.append(range, isMatch: isMatch != isInverted)
                    }
                    segments.finish(into: &ranges)
                }
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
        pieces.ranges = ranges
    }
}

/// Finds a delimiter in a text.
struct MatchFinder {
    private let literal: [UInt8]
    private var matcher: PatternMatcher?

    init(_ delimiter: Splitter.Delimiter) {
        switch delimiter {
        case .literal(let bytes): (literal, matcher) = (bytes, nil)
        case .pattern(let program): (literal, matcher) = ([], PatternMatcher(program))
        }
    }

    /// Calls `body` with each match and each stretch between matches, in order.
    mutating func forEachSegment(
        of text: UnsafeBufferPointer<UInt8>, in piece: Range<Int>, _ body: (Range<Int>, _ isMatch: Bool) -> Void
    ) throws(ZondaError) {
        var end = piece.lowerBound
        func visit(_ match: Range<Int>) {
            if match.lowerBound > end { body(end..<match.lowerBound, false) }
            body(match, true)
            end = match.upperBound
        }
        if matcher != nil {
            try matcher?.forEachMatch(in: text, range: piece, visit)
        } else {
            forEachLiteral(in: text, piece, visit)
        }
        if end < piece.upperBound { body(end..<piece.upperBound, false) }
    }

    private func forEachLiteral(in text: UnsafeBufferPointer<UInt8>, _ piece: Range<Int>, _ body: (Range<Int>) -> Void)
    {
        guard let first = literal.first else { return }
        var at = piece.lowerBound
        while at + literal.count <= piece.upperBound {
            if text[at] == first, text[at..<at + literal.count].elementsEqual(literal) {
                body(at..<at + literal.count)
                at += literal.count
            } else {
                at += 1
            }
        }
    }
}

/// Joins matches with what is beside them, as a behavior says.
private struct SegmentJoiner {
    private let behavior: Splitter.Behavior
    private var segments: [Range<Int>] = []
    private var lastWasMatch = false
    /// Under `mergedWithNext`: matches not yet joined with what follows.
    private var pending: Range<Int>?

    init(_ behavior: Splitter.Behavior) { self.behavior = behavior }

    mutating func append(_ range: Range<Int>, isMatch: Bool) {
        switch behavior {
        case .isolated: segments.append(range)
        case .removed: if !isMatch { segments.append(range) }
        case .mergedWithPrevious:
            if isMatch, !lastWasMatch, let last = segments.popLast() {
                segments.append(last.lowerBound..<range.upperBound)
            } else {
                segments.append(range)
            }
        case .mergedWithNext:
            // Of several matches in a row only the last is joined.
            if let pending { segments.append(isMatch ? pending : pending.lowerBound..<range.upperBound) }
            if !isMatch, pending == nil { segments.append(range) }
            pending = isMatch ? range : nil
        case .contiguous:
            if isMatch == lastWasMatch, let last = segments.popLast() {
                segments.append(last.lowerBound..<range.upperBound)
            } else {
                segments.append(range)
            }
        }
        lastWasMatch = isMatch
    }

    /// Moves the pieces into `ranges` and begins anew.
    mutating func finish(into ranges: inout [Range<Int>]) {
        if let pending { segments.append(pending) }
        for segment in segments where !segment.isEmpty { ranges.append(segment) }
        segments.removeAll(keepingCapacity: true)
        pending = nil
        lastWasMatch = false
    }
}
