import ZondaFormats

/// Reads a call that is written in tags: `<function=name>`, for each argument `<parameter=key>`, its value on lines of its own
/// and `</parameter>`, and `</function>` in the end.
///
/// Arguments are given out as JSON, each when its value is complete.
struct TagCallReader: CallReading {
    private enum Place {
        /// White space and `<function=`.
        case start
        case name
        /// White space, and the tag of an argument or of the end.
        case between
        case key
        case value(MarkerScanner)
    }

    /// The parameters' schemas by the functions' names.
    private let schemas: [String: JSONValue]
    private var place = Place.start
    private var text: [UInt8] = []
    private var schema = JSONValue.null
    private var key = ""
    private var argumentCount = 0
    private var newName: String?
    private var newArguments: [UInt8] = []

    static let function = "<function="
    static let functionEnd = "</function>"
    static let parameter = "<parameter="
    static let parameterEnd = "</parameter>"
    /// Longer ones are no property's name.
    private static let maxKeyLength = 1024

    init(schemas: [String: JSONValue]) { self.schemas = schemas }

    mutating func takeOutputs() -> [CallReader.Output] {
        defer { (newName, newArguments) = (nil, []) }
        return (newName.map { [.name($0)] } ?? []) + (newArguments.isEmpty ? [] : [.arguments(newArguments)])
    }

    mutating func read(_ bytes: ArraySlice<UInt8>) -> (count: Int, CallReader.Progress) {
        for (index, byte) in bytes.enumerated() {
            let progress = append(byte)
            if progress != .goesOn { return (progress == .invalid ? index : index + 1, progress) }
        }
        return (bytes.count, .goesOn)
    }

    private mutating func append(_ byte: UInt8) -> CallReader.Progress {
        switch place {
        case .start, .between:
            if text.isEmpty, JSONFollower.isSpace(byte) { return .goesOn }
            text.append(byte)
            return readTag()
        case .name:
            guard byte == UInt8(ascii: ">") else { return add(byte, upTo: ToolLimits.maxNameLength) }
            let name = takeText()
            guard let schema = schemas[name] else { return .invalid }
            (self.schema, newName, place) = (schema, name, .between)
            newArguments.append(UInt8(ascii: "{"))
        case .key:
            guard byte == UInt8(ascii: ">") else { return add(byte, upTo: Self.maxKeyLength) }
            key = takeText()
            place = .value(MarkerScanner([Self.parameterEnd]))
        case .value(var scanner):
            // Lets go of the copy in there.
            place = .between
            switch scanner.append(byte) {
            case .text(let bytes):
                text += bytes
                place = .value(scanner)
            case .marker(_, let before):
                text += before
                endValue()
            }
        }
        return .goesOn
    }

    private mutating func add(_ byte: UInt8, upTo limit: Int) -> CallReader.Progress {
        guard text.count < limit, byte >= 0x20 else { return .invalid }
        text.append(byte)
        return .goesOn
    }

    private mutating func takeText() -> String {
        defer { text = [] }
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func readTag() -> CallReader.Progress {
        let isStart = if case .start = place { true } else { false }
        let tags = isStart ? [Self.function] : [Self.parameter, Self.functionEnd]
        guard let tag = tags.first(where: { $0.utf8.starts(with: text) }) else { return .invalid }
        guard tag.utf8.count == text.count else { return .goesOn }
        text = []
        guard tag != Self.functionEnd else {
            newArguments.append(UInt8(ascii: "}"))
            return .ended
        }
        place = isStart ? .name : .key
        return .goesOn
    }

    /// The line ends around a value are not part of it.
    private mutating func endValue() {
        if text.first == 0x0A { text.removeFirst() }
        if text.last == 0x0A { text.removeLast() }
        let value = TagArgument(schema["properties"]?[key]).json(takeText())
        let separator = argumentCount > 0 ? ", " : ""
        newArguments += "\(separator)\(JSONValue.string(key).text): \(value)".utf8
        argumentCount += 1
        place = .between
    }
}
