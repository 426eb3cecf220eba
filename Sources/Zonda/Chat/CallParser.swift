import ZondaFormats

/// Takes the calls out of an answer's text as it is generated.
///
/// What comes out does not depend on how the text was cut. Text that could still become a call is held back; what began
/// like a call and is none comes out as content. White space around calls is markup.
struct CallParser: Sendable {
    private enum Place {
        /// Nothing but white space so far: a call without a marker may begin.
        case start
        case text
        case call(any CallReading)
        /// Behind a call: its closing marker, or what begins the next one without a marker, may come.
        case closing([UInt8])
    }

    private let format: ToolFormat
    /// The functions' schemas of arguments by their names.
    private let schemas: [String: JSONValue]
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

    /// - Parameter schemas: of the arguments of the functions that there are, by name.
    init(_ format: ToolFormat, schemas: [String: JSONValue]) {
        self.format = format
        self.schemas = schemas
        closing = Array(format.closing.utf8)
        scanner = MarkerScanner(format.openings)
    }

    /// Adds text of the answer.
    mutating func append(_ text: String) -> [AnswerPart] {
        read(Array(text.utf8)[...])
        return take()
    }

    /// The answer is over.
    mutating func finish() -> [AnswerPart] {
        switch place {
        case .start, .text: addText(scanner.finish()[...])
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

    private mutating func read(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        while let first = rest.first { rest = rest.dropFirst(read(rest, first)) }
    }

    /// - Returns: how many bytes were read: at least one, unless the place is another now.
    private mutating func read(_ bytes: ArraySlice<UInt8>, _ first: UInt8) -> Int {
        switch place {
        case .start:
            if JSONFollower.isSpace(first) {
                space.append(first)
                return 1
            }
            place = .text
            if format.opening.isEmpty, first == UInt8(ascii: "{") { beginCall([]) }
            return 0
        case .text:
            let plainCount = scanner.plainCount(bytes)
            if plainCount > 0 {
                addText(bytes.prefix(plainCount))
                return plainCount
            }
            switch scanner.append(first) {
            case .text(let bytes): addText(bytes[...])
            case .marker(let index, let before):
                addText(before[...])
                beginCall(Array(format.openings[index].utf8))
            }
            return 1
        case .call(var reader):
            // Lets go of the copy in there, so that the reader's buffers are not copied.
            place = .text
            let (count, progress) = reader.read(bytes)
            source += bytes.prefix(count)
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
            }
            return count
        case .closing(let held): return close(held, first)
        }
    }

    // MARK: text

    private mutating func addText(_ bytes: ArraySlice<UInt8>) {
        let kept = bytes.lastIndex { !JSONFollower.isSpace($0) }.map { $0 + 1 } ?? bytes.startIndex
        if kept > bytes.startIndex {
            // Nothing but white space between calls is no content either; here there is more.
            pendingText += space + bytes[..<kept]
            space = []
            // Markers cut them anywhere; they are given out by characters.
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
        switch format.syntax {
        case .json: place = .call(CallReader(names: Set(schemas.keys)))
        case .tags: place = .call(TagCallReader(schemas: schemas))
        }
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
            addText(source[...])
        }
        source = []
        isAnnounced = false
        pendingArguments = []
    }

    // MARK: behind a call

    /// - Returns: 0 for a byte that belongs to what comes next.
    private mutating func close(_ held: [UInt8], _ byte: UInt8) -> Int {
        let text = held + [byte]
        let start = text.firstIndex { !Self.isSeparator($0) } ?? text.count
        guard start < text.count else {
            place = .closing(text)
            return 1
        }
        if format.opening.isEmpty, text[start] == UInt8(ascii: "{") {
            addMarkup(text[..<start])
            beginCall([])
            return 0
        }
        guard !closing.isEmpty, closing.starts(with: text[start...]) else {
            place = .text
            endClosing(held, isOver: false)
            return 0
        }
        place = .closing(text)
        guard text.count - start == closing.count else { return 1 }
        addMarkup(text[...])
        place = .text
        return 1
    }

    /// There was no closing marker, or not all of one.
    private mutating func endClosing(_ held: [UInt8], isOver: Bool) {
        addMarkup([])
        // A piece of a marker at the end says nothing.
        if isOver { return addMarkup(held[...]) }
        read(held[...])
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
