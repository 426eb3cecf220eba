/// Takes the calls out of an answer's text as it is generated.
///
/// What comes out does not depend on how the text was cut. Text that could still become a call is held back; what began
/// like a call and is none comes out as content. White space around calls is markup.
struct CallParser: Sendable {
    private enum Place {
        /// Nothing but white space so far: a call without a marker may begin.
        case start
        case text
        case call(CallReader)
        /// Behind a call: its closing marker, or what begins the next one without a marker, may come.
        case closing([UInt8])
    }

    private let format: ToolFormat
    private let names: Set<String>
    private let closing: [UInt8]
    private var place = Place.start
    private var scanner: MarkerScanner
    /// What stood in the answer for the call that is being read.
    private var source: [UInt8] = []
    /// White space that is content only if text follows.
    private var space: [UInt8] = []
    private var parts: [AnswerPart] = []
    /// Whether the call being read was given out.
    private var isAnnounced = false
    private var index = 0
    /// Bytes of a character that is not complete.
    private var pendingText: [UInt8] = []
    private var pendingArguments: [UInt8] = []
    private(set) var completeCount = 0
    /// Whether the answer ended inside a call.
    private(set) var isCut = false

    /// - Parameter names: the functions that there are.
    init(_ format: ToolFormat, names: Set<String>) {
        self.format = format
        self.names = names
        closing = Array(format.closing.utf8)
        scanner = MarkerScanner(format.openings)
    }

    /// Adds text of the answer.
    mutating func append(_ text: String) -> [AnswerPart] {
        for byte in text.utf8 { append(byte) }
        return take()
    }

    /// The answer is over.
    mutating func finish() -> [AnswerPart] {
        switch place {
        case .start, .text: addText(scanner.finish())
        case .call:
            isCut = isAnnounced
            giveUp(isAnnounced ? .cut : .broken)
        case .closing(let held): endClosing(held, isOver: true)
        }
        let rest = String(decoding: space, as: UTF8.self)
        parts.add(completeCount > 0 ? .markup(rest) : .content(rest))
        space = []
        return take()
    }

    private mutating func take() -> [AnswerPart] {
        defer { parts = [] }
        return parts
    }

    private mutating func append(_ byte: UInt8) {
        switch place {
        case .start:
            if JSONFollower.isSpace(byte) { return space.append(byte) }
            place = .text
            if format.opening.isEmpty, byte == UInt8(ascii: "{") { beginCall([]) }
            append(byte)
        case .text:
            switch scanner.append(byte) {
            case .text(let bytes): addText(bytes)
            case .marker(let index, let before):
                addText(before)
                beginCall(Array(format.openings[index].utf8))
            }
        case .call(var reader):
            // Lets go of the copy in there, so that the reader's buffers are not copied with each byte.
            place = .text
            let progress = reader.append(byte)
            if progress != .invalid { source.append(byte) }
            for output in reader.takeOutputs() { add(output) }
            place = .call(reader)
            switch progress {
            case .goesOn: break
            case .callEnded: endCall()
            case .ended:
                if isAnnounced { endCall() }
                place = .closing([])
            case .invalid:
                giveUp(.broken)
                place = .text
                append(byte)
            }
        case .closing(let held): close(held, byte)
        }
    }

    // MARK: text

    private mutating func addText(_ bytes: [UInt8]) {
        let kept = bytes.lastIndex { !JSONFollower.isSpace($0) }.map { $0 + 1 } ?? 0
        if kept > 0 {
            // Nothing but white space between calls is no content either; here there is more.
            pendingText += space + bytes[..<kept]
            space = []
            // They come byte by byte, and are given out by characters.
            if let text = String(validating: pendingText, as: UTF8.self) {
                parts.add(.content(text))
                pendingText = []
            }
        }
        space += bytes[kept...]
    }

    // MARK: calls

    private mutating func beginCall(_ marker: [UInt8]) {
        source = marker
        isAnnounced = false
        place = .call(CallReader(names: names))
    }

    private mutating func add(_ output: CallReader.Output) {
        switch output {
        case .name(let name):
            parts.add(.markup(String(decoding: space, as: UTF8.self)))
            space = []
            isAnnounced = true
            parts.add(.callBegan(index: index, name: name))
        case .arguments(let bytes):
            pendingArguments += bytes
            guard let text = String(validating: pendingArguments, as: UTF8.self) else { return }
            parts.add(.callArguments(index: index, text))
            pendingArguments = []
        }
    }

    private mutating func endCall() {
        parts.add(.callEnded(index: index, .complete, source: String(decoding: source, as: UTF8.self)))
        source = []
        isAnnounced = false
        index += 1
        completeCount += 1
    }

    /// What was read is no call, or not all of one.
    private mutating func giveUp(_ end: AnswerPart.CallEnd) {
        if isAnnounced {
            parts.add(.callEnded(index: index, end, source: String(decoding: source, as: UTF8.self)))
            index += 1
        } else {
            addText(source)
        }
        source = []
        isAnnounced = false
        pendingArguments = []
    }

    // MARK: behind a call

    private mutating func close(_ held: [UInt8], _ byte: UInt8) {
        let text = held + [byte]
        let start = text.firstIndex { !Self.isSeparator($0) } ?? text.count
        guard start < text.count else {
            place = .closing(text)
            return
        }
        if format.opening.isEmpty, text[start] == UInt8(ascii: "{") {
            addMarkup(text[..<start])
            beginCall([])
            return append(byte)
        }
        guard !closing.isEmpty, closing.starts(with: text[start...]) else {
            place = .text
            endClosing(held, isOver: false)
            return append(byte)
        }
        place = .closing(text)
        guard text.count - start == closing.count else { return }
        addMarkup(text[...])
        place = .text
    }

    /// There was no closing marker, or not all of one.
    private mutating func endClosing(_ held: [UInt8], isOver: Bool) {
        addMarkup([])
        // A piece of a marker at the end says nothing.
        if isOver { return addMarkup(held[...]) }
        for byte in held { append(byte) }
    }

    private mutating func addMarkup(_ bytes: ArraySlice<UInt8>) {
        parts.add(.markup(String(decoding: source, as: UTF8.self) + String(decoding: bytes, as: UTF8.self)))
        source = []
    }

    /// White space, and what some models put between calls.
    private static func isSeparator(_ byte: UInt8) -> Bool {
        JSONFollower.isSpace(byte) || byte == UInt8(ascii: ";")
    }
}
