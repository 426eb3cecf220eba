/// Splits an answer's text, as it is generated, into what the model thinks and what it answers.
///
/// Thoughts come first or not at all. White space between them and their markers is markup.
struct ReasoningSplitter: Sendable {
    private enum Place {
        /// White space, and what could become the opening marker.
        case start([UInt8])
        case thinking
        /// Behind the thoughts: white space, and what could become the marker of the answer.
        case between([UInt8])
        case answer
    }

    private let format: ReasoningFormat
    private var place: Place
    private var scanner: MarkerScanner
    private var space: [UInt8] = []
    private var hasThoughts = false
    private var parts: [AnswerPart] = []
    /// Bytes of a character that is not complete.
    private var pending: [UInt8] = []

    init(_ format: ReasoningFormat, _ beginning: ReasoningFormat.Beginning) {
        self.format = format
        scanner = MarkerScanner([format.closing])
        switch beginning {
        case .thinking: place = .thinking
        case .answering, .open: place = .start([])
        }
    }

    /// Adds text of the answer; the parts are content, reasoning and markup.
    mutating func append(_ text: String) -> [AnswerPart] {
        var rest = Array(text.utf8)[...]
        while let byte = rest.first {
            let plain = rest.prefix(plainCount(rest))
            if plain.isEmpty {
                append(byte)
                rest = rest.dropFirst()
            } else {
                if case .thinking = place { think(plain) } else { add(plain) { .content($0) } }
                rest = rest.dropFirst(plain.count)
            }
        }
        return take()
    }

    /// The answer is over.
    mutating func finish() -> [AnswerPart] {
        switch place {
        case .start(let held): add(held) { .content($0) }
        case .thinking:
            think(scanner.finish()[...])
            add(space) { .markup($0) }
        case .between(let held): add(held) { .markup($0) }
        case .answer: add(scanner.finish()) { .content($0) }
        }
        space = []
        return take()
    }

    private mutating func take() -> [AnswerPart] {
        defer { parts = [] }
        return parts
    }

    /// How many bytes are no part of a marker, and are what the place is for.
    private func plainCount(_ bytes: ArraySlice<UInt8>) -> Int {
        switch place {
        case .thinking, .answer: scanner.plainCount(bytes)
        case .start, .between: 0
        }
    }

    private mutating func append(_ byte: UInt8) {
        switch place {
        case .start(let held):
            switch Self.match(held, byte, format.opening) {
            case .partly(let text): place = .start(text)
            case .all(let text):
                add(text) { .markup($0) }
                place = .thinking
            case .none: beginAnswer(held, byte) { .content($0) }
            }
        case .thinking:
            switch scanner.append(byte) {
            case .text(let bytes): think(bytes[...])
            case .marker(_, let before):
                think(before[...])
                add(space + Array(format.closing.utf8)) { .markup($0) }
                space = []
                place = .between([])
            }
        case .between(let held):
            switch Self.match(held, byte, format.answerOpening) {
            case .partly(let text): place = .between(text)
            case .all(let text): beginAnswer(text, nil) { .markup($0) }
            case .none:
                let isSpace = held.allSatisfy(JSONFollower.isSpace)
                beginAnswer(held, byte) { isSpace ? .markup($0) : .content($0) }
            }
        case .answer: answer(byte)
        }
    }

    private mutating func think(_ bytes: ArraySlice<UInt8>) {
        var bytes = bytes
        if !hasThoughts {
            let leading = bytes.prefix(while: JSONFollower.isSpace)
            add(leading) { .markup($0) }
            bytes = bytes.dropFirst(leading.count)
            hasThoughts = !bytes.isEmpty
        }
        let kept = bytes.lastIndex { !JSONFollower.isSpace($0) }.map { $0 + 1 } ?? bytes.startIndex
        if kept > bytes.startIndex {
            add(space + bytes[..<kept]) { .reasoning($0) }
            space = []
        }
        space += bytes[kept...]
    }

    private mutating func beginAnswer(_ held: [UInt8], _ byte: UInt8?, _ part: (String) -> AnswerPart) {
        add(held, part)
        place = .answer
        scanner = MarkerScanner(format.answerClosing.isEmpty ? [] : [format.answerClosing])
        if let byte { answer(byte) }
    }

    private mutating func answer(_ byte: UInt8) {
        switch scanner.append(byte) {
        case .text(let bytes): add(bytes) { .content($0) }
        case .marker(_, let before):
            add(before) { .content($0) }
            parts.add(.markup(format.answerClosing))
        }
    }

    private mutating func add(_ bytes: some Collection<UInt8>, _ part: (String) -> AnswerPart) {
        pending += bytes
        guard let text = String(validating: pending, as: UTF8.self) else { return }
        parts.add(part(text))
        pending = []
    }

    private enum Match {
        case none
        case partly([UInt8])
        case all([UInt8])
    }

    /// Whether `held` and `byte` are white space and then a marker, or could become that.
    private static func match(_ held: [UInt8], _ byte: UInt8, _ marker: String) -> Match {
        let text = held + [byte]
        let rest = text.drop(while: JSONFollower.isSpace)
        if rest.isEmpty { return .partly(text) }
        guard marker.utf8.starts(with: rest) else { return .none }
        return rest.count == marker.utf8.count ? .all(text) : .partly(text)
    }
}
