import ZondaCore

/// Runs a pattern over UTF-8 text: backtracking in Oniguruma's order, under a budget of steps.
///
/// One matcher serves one text at a time; it is not shared between threads. The text must be valid UTF-8.
struct PatternMatcher {
    /// Patterns in use take 2 to 10 steps a byte. What a hostile text can cost is bounded by this many a byte, and as
    /// many again for the text as a whole: about a second for a text of a few kilobytes.
    static let stepsPerByte = 1000
    static let stepsPerText = 20_000_000

    /// Where to go on when the way taken fails. With `floor` ≥ 0: a loop that can give back down to there.
    private struct Choice {
        var instruction: Int
        var position: Int
        var floor = -1
    }

    private let program: PatternProgram
    private var choices: [Choice] = []
    private var steps = 0

    init(_ program: PatternProgram) { self.program = program }

    /// Calls `body` with the range of each match in `text[range]`, from left to right. What lies outside of `range` is
    /// not seen, as if the text ended there.
    mutating func forEachMatch(
        in text: UnsafeBufferPointer<UInt8>, range: Range<Int>, _ body: (Range<Int>) -> Void
    ) throws(ZondaError) {
        let text = UnsafeBufferPointer(rebasing: text[range])
        steps = Self.stepsPerText + text.count * Self.stepsPerByte
        var position = 0
        while position <= text.count {
            if position == text.count || program.firstBytes.contains(text[position]),
                let end = try match(0, at: position, in: text)
            {
                body(position + range.lowerBound..<end + range.lowerBound)
                if end > position {
                    position = end
                    continue
                }
            }
            guard position < text.count else { return }
            position = after(position, in: text)
        }
    }

    /// The end of the match of the instructions from `start` at `position`; nil when they do not match.
    private mutating func match(
        _ start: Int, at origin: Int, in text: UnsafeBufferPointer<UInt8>
    ) throws(ZondaError) -> Int? {
        let base = choices.count
        defer { choices.removeSubrange(base...) }
        var instruction = start
        var position = origin
        while true {
            var failed = false
            steps -= 1
            switch program.instructions[instruction] {
            case .accept: return position
            case .set(let set):
                let width = width(of: set, at: position, in: text)
                position += width
                instruction += 1
                failed = width == 0
            case .loop(let set, let min, let max, let givesBack):
                failed = !loop(set, min, max, givesBack: givesBack, after: instruction + 1, &position, in: text)
                instruction += 1
            case .split(let first, let second):
                choices.append(Choice(instruction: second, position: position))
                instruction = first
            case .alternatives(let table):
                let isAtEnd = position == text.count
                var mask =
                    isAtEnd ? program.tables[table].maskAtEnd : program.tables[table].masks[Int(text[position])]
                guard mask != 0 else {
                    failed = true
                    break
                }
                let first = mask.trailingZeroBitCount
                mask &= mask - 1
                // The later ones lie deeper, so that the stack gives them back in order.
                while mask != 0 {
                    let last = 63 - mask.leadingZeroBitCount
                    mask &= ~(1 << UInt64(last))
                    let target = program.tables[table].targets[last]
                    choices.append(Choice(instruction: target, position: position))
                }
                instruction = program.tables[table].targets[first]
            case .jump(let target): instruction = target
            case .lookAhead(let end, let negative):
                failed = (try match(instruction + 1, at: position, in: text) != nil) == negative
                instruction = end
            case .lookBehind(let set, let negative):
                let isThere = position > 0 && width(of: set, at: before(position, in: text), in: text) > 0
                failed = isThere == negative
                instruction += 1
            case .atomic(let end):
                if let stop = try match(instruction + 1, at: position, in: text) {
                    position = stop
                    instruction = end
                } else {
                    failed = true
                }
            case .assertion(let assertion):
                failed = !holds(assertion, at: position, in: text)
                instruction += 1
            }
            guard failed else { continue }
            guard steps > 0 else { throw exhausted(text) }
            guard choices.count > base else { return nil }
            retry(&instruction, &position, in: text)
        }
    }

    /// Goes back to the last choice.
    @inline(__always)
    private mutating func retry(
        _ instruction: inout Int, _ position: inout Int, in text: UnsafeBufferPointer<UInt8>
    ) {
        let top = choices.count - 1
        instruction = choices[top].instruction
        position = choices[top].position
        guard choices[top].floor >= 0 else {
            choices.removeLast()
            return
        }
        position = before(position, in: text)
        if position > choices[top].floor { choices[top].position = position } else { choices.removeLast() }
    }

    @inline(__always)
    private mutating func loop(
        _ set: Int, _ min: Int, _ max: Int, givesBack: Bool, after next: Int, _ position: inout Int,
        in text: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        var count = 0
        var floor = position
        while count < max {
            let width = width(of: set, at: position, in: text)
            guard width > 0 else { break }
            position += width
            count += 1
            if count == min { floor = position }
        }
        steps -= count
        guard count >= min else { return false }
        if givesBack, position > floor {
            choices.append(Choice(instruction: next, position: position, floor: floor))
        }
        return true
    }

    private func holds(
        _ assertion: PatternNode.Assertion, at position: Int, in text: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        switch assertion {
        case .textStart: return position == 0
        case .textEnd: return position == text.count
        case .lineStart: return position == 0 || text[position - 1] == 0x0A
        case .lineEnd: return position == text.count || text[position] == 0x0A
        case .wordBoundary, .notWordBoundary:
            let isBefore =
                position > 0 && ScalarSet.word.contains(scalar(at: before(position, in: text), in: text).value)
            let isAfter = position < text.count && ScalarSet.word.contains(scalar(at: position, in: text).value)
            return (isBefore != isAfter) == (assertion == .wordBoundary)
        }
    }

    private func exhausted(_ text: UnsafeBufferPointer<UInt8>) -> ZondaError {
        ZondaError(
            .badRequest,
            "a text of \(text.count) bytes takes the pattern \(program.pattern.debugDescription) more than "
                + "\(Self.stepsPerText + text.count * Self.stepsPerByte) steps",
            remedy: "break up its long runs of equal characters", facts: ["pattern": program.pattern])
    }
}

extension PatternMatcher {
    /// How many bytes of `text` at `position` are a scalar of `set`; 0 for none.
    @inline(__always)
    private func width(of set: Int, at position: Int, in text: UnsafeBufferPointer<UInt8>) -> Int {
        guard position < text.count else { return 0 }
        let byte = text[position]
        if byte < 0x80 { return program.sets[set].contains(ascii: byte) ? 1 : 0 }
        let (scalar, width) = scalar(at: position, in: text)
        return program.sets[set].contains(scalar) ? width : 0
    }

    @inline(__always)
    private func scalar(at position: Int, in text: UnsafeBufferPointer<UInt8>) -> (value: UInt32, width: Int) {
        decodeScalar(text, at: position)
    }

    private func after(_ position: Int, in text: UnsafeBufferPointer<UInt8>) -> Int {
        position + decodeScalar(text, at: position).width
    }

    @inline(__always)
    private func before(_ position: Int, in text: UnsafeBufferPointer<UInt8>) -> Int {
        var position = position - 1
        while position > 0, text[position] & 0xC0 == 0x80 { position -= 1 }
        return position
    }
}

/// The scalar at `position` of valid UTF-8, and its bytes. Safe, if meaningless, where the text is cut short.
@inline(__always)
func decodeScalar(_ text: UnsafeBufferPointer<UInt8>, at position: Int) -> (value: UInt32, width: Int) {
    let lead = UInt32(text[position])
    if lead < 0x80 { return (lead, 1) }
    let left = text.count - position
    if lead < 0xE0 {
        guard left >= 2 else { return (0xFFFD, left) }
        return ((lead & 0x1F) << 6 | UInt32(text[position + 1] & 0x3F), 2)
    }
    if lead < 0xF0 {
        guard left >= 3 else { return (0xFFFD, left) }
        return ((lead & 0x0F) << 12 | UInt32(text[position + 1] & 0x3F) << 6 | UInt32(text[position + 2] & 0x3F), 3)
    }
    guard left >= 4 else { return (0xFFFD, left) }
    let high = (lead & 0x07) << 18 | UInt32(text[position + 1] & 0x3F) << 12
    return (high | UInt32(text[position + 2] & 0x3F) << 6 | UInt32(text[position + 3] & 0x3F), 4)
}
