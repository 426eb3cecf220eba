import ZondaFormats

/// Reads what a model writes of calls, byte by byte as it is generated.
protocol CallReading: Sendable {
    /// Reads up to the end of a call, or to a byte that is no part of it.
    mutating func read(_ bytes: ArraySlice<UInt8>) -> (count: Int, CallReader.Progress)
    /// What has become known since the last time.
    mutating func takeOutputs() -> [CallReader.Output]
}

/// Reads calls byte by byte as they are generated: one JSON object with name and arguments, a list of those, or a name
/// with its arguments behind a marker.
///
/// Nothing is given out before a known name has been read, so what is no call can still become text.
struct CallReader: CallReading {
    enum Progress: Equatable {
        case goesOn
        /// A call is complete, and more may follow.
        case callEnded
        /// The byte ended it all.
        case ended
        /// The byte is no part of it.
        case invalid
    }

    enum Output: Equatable, Sendable {
        case name(String)
        case arguments([UInt8])
    }

    private enum Place {
        case start, elementOrEnd, element, afterElement
        case keyOrEnd, commaOrEnd, nextKey
        case key
        case colon(Member)
        case value(Member)
        /// A name that no quotes surround.
        case bareName([UInt8])
        /// What some write behind it to name the call.
        case identifier([UInt8])
    }

    private enum Member { case name, arguments, other }

    private let names: Set<String>
    private var place = Place.start
    private var isList = false
    private var isBare = false
    private var name: String?
    /// Arguments that came before the name.
    private var heldArguments: [UInt8] = []
    private var hasArguments = false
    /// Of the key or value that is being read: where it ends, and its text. Of an object of arguments that is the first byte
    /// only, as the others are given out.
    private var follower = JSONFollower()
    private var text: [UInt8] = []
    /// What has become known since the last time.
    private var newName: String?
    private var newArguments: [UInt8] = []

    /// Longer ones name no function, and no call.
    private static let maxNameLength = ToolLimits.maxNameLength
    static let argumentsMarker = "[ARGS]"
    static let identifierMarker = "[CALL_ID]"

    init(names: Set<String>) { self.names = names }

    mutating func takeOutputs() -> [Output] {
        defer { (newName, newArguments) = (nil, []) }
        return (newName.map { [.name($0)] } ?? []) + (newArguments.isEmpty ? [] : [.arguments(newArguments)])
    }

    mutating func read(_ bytes: ArraySlice<UInt8>) -> (count: Int, Progress) {
        for (index, byte) in bytes.enumerated() {
            let progress = append(byte)
            if progress != .goesOn { return (progress == .invalid ? index : index + 1, progress) }
        }
        return (bytes.count, .goesOn)
    }

    private mutating func append(_ byte: UInt8) -> Progress {
        let isSpace = JSONFollower.isSpace(byte)
        switch place {
        case .start where isSpace, .elementOrEnd where isSpace, .element where isSpace, .afterElement where isSpace,
            .keyOrEnd where isSpace, .colon where isSpace, .commaOrEnd where isSpace, .nextKey where isSpace:
            return .goesOn
        case .start:
            switch byte {
            case UInt8(ascii: "["):
                isList = true
                place = .elementOrEnd
            case UInt8(ascii: "{"): begin()
            case _ where ToolLimits.isNamePart(byte): place = .bareName([byte])
            default: return .invalid
            }
        case .elementOrEnd where byte == UInt8(ascii: "]"): return .ended
        case .elementOrEnd, .element:
            guard byte == UInt8(ascii: "{") else { return .invalid }
            begin()
        case .afterElement:
            if byte == UInt8(ascii: "]") { return .ended }
            guard byte == UInt8(ascii: ",") else { return .invalid }
            place = .element
        case .keyOrEnd where byte == UInt8(ascii: "}"), .commaOrEnd where byte == UInt8(ascii: "}"): return endObject()
        case .keyOrEnd, .nextKey:
            guard byte == UInt8(ascii: "\"") else { return .invalid }
            (follower, text) = (JSONFollower(), [byte])
            place = .key
            return follower.append(byte) == .goesOn ? .goesOn : .invalid
        case .key:
            text.append(byte)
            switch follower.append(byte) {
            case .goesOn: break
            case .complete: place = .colon(member(named: text))
            case .invalid: return .invalid
            }
        case .colon(let member):
            guard byte == UInt8(ascii: ":") else { return .invalid }
            beginValue(member)
        case .commaOrEnd:
            guard byte == UInt8(ascii: ",") else { return .invalid }
            place = .nextKey
        case .value(let member): return value(byte, member)
        case .bareName(let text): return bareName(byte, text)
        case .identifier(let text): return identifier(byte, text)
        }
        return .goesOn
    }

    private mutating func begin() {
        (name, heldArguments, hasArguments) = (nil, [], false)
        place = .keyOrEnd
    }

    private func member(named key: [UInt8]) -> Member {
        switch String(decoding: key, as: UTF8.self) {
        case "\"name\"": name == nil ? .name : .other
        case "\"arguments\"", "\"parameters\"": hasArguments ? .other : .arguments
        default: .other
        }
    }

    // MARK: members

    private mutating func beginValue(_ member: Member) {
        (follower, text) = (JSONFollower(), [])
        place = .value(member)
    }

    private mutating func value(_ byte: UInt8, _ member: Member) -> Progress {
        // A number that is no argument ends where its owner goes on.
        if follower.endsBefore, byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || JSONFollower.isSpace(byte) {
            place = .commaOrEnd
            return append(byte)
        }
        // Line ends that a model writes into strings as they are would be no JSON.
        guard follower.isInString, byte < 0x20 else { return add(byte, to: member) }
        for escaped in Self.escape(byte) where add(escaped, to: member) == .invalid { return .invalid }
        return .goesOn
    }

    private mutating func add(_ byte: UInt8, to member: Member) -> Progress {
        let progress = follower.append(byte)
        guard progress != .invalid else { return .invalid }
        if text.isEmpty, JSONFollower.isSpace(byte) { return .goesOn }
        let isStreamed = member == .arguments && (text.first ?? byte) == UInt8(ascii: "{")
        if !isStreamed || text.isEmpty { text.append(byte) }
        if isStreamed {
            if name == nil { heldArguments.append(byte) } else { newArguments.append(byte) }
        }
        guard progress == .complete else { return .goesOn }
        place = .commaOrEnd
        switch member {
        case .other: return .goesOn
        case .name: return takeName(quoted: text)
        case .arguments: return takeArguments(isStreamed ? nil : text)
        }
    }

    private mutating func takeName(quoted text: [UInt8]) -> Progress {
        guard let name = try? JSONValue(parsing: String(decoding: text, as: UTF8.self), name: "name").string else {
            return .invalid
        }
        return take(name)
    }

    private mutating func take(_ name: String) -> Progress {
        guard names.contains(name) else { return .invalid }
        self.name = name
        newName = name
        newArguments += heldArguments
        heldArguments = []
        return .goesOn
    }

    /// - Parameter whole: arguments that are no object: nil if they are one and were given out as they came.
    private mutating func takeArguments(_ whole: [UInt8]?) -> Progress {
        hasArguments = true
        guard let whole else { return isBare ? endCall() : .goesOn }
        let text = String(decoding: whole, as: UTF8.self)
        guard let value = try? JSONValue(parsing: text, name: "arguments") else { return .invalid }
        let object: [UInt8]
        switch value {
        case .null: object = Array("{}".utf8)
        // Some models write the object as a string, as it is on the wire.
        case .string(let inner):
            guard let parsed = try? JSONValue(parsing: inner, name: "arguments"), case .object = parsed else {
                return .invalid
            }
            object = Array(inner.utf8)
        default: return .invalid
        }
        if name == nil { heldArguments = object } else { newArguments += object }
        return isBare ? endCall() : .goesOn
    }

    private mutating func endObject() -> Progress {
        guard name != nil else { return .invalid }
        if !hasArguments { newArguments += "{}".utf8 }
        return endCall()
    }

    private mutating func endCall() -> Progress {
        guard isList else { return .ended }
        place = .afterElement
        return .callEnded
    }

    // MARK: a name without quotes

    private mutating func bareName(_ byte: UInt8, _ text: [UInt8]) -> Progress {
        let text = text + [byte]
        if ToolLimits.isNamePart(byte), !text.contains(UInt8(ascii: "[")) {
            guard text.count <= Self.maxNameLength else { return .invalid }
            place = .bareName(text)
            return .goesOn
        }
        // The object may follow the name at once.
        if byte == UInt8(ascii: "{"), !text.contains(UInt8(ascii: "[")) {
            return beginBareArguments(text.dropLast(), byte)
        }
        let start = text.firstIndex(of: UInt8(ascii: "[")) ?? text.count
        let marker = text[start...]
        guard start > 0, start < text.count else { return .invalid }
        if marker.elementsEqual(Self.argumentsMarker.utf8) { return beginBareArguments(text[..<start], nil) }
        if marker.elementsEqual(Self.identifierMarker.utf8) {
            guard names.contains(String(decoding: text[..<start], as: UTF8.self)) else { return .invalid }
            name = String(decoding: text[..<start], as: UTF8.self)
            place = .identifier([])
            return .goesOn
        }
        guard
            [Self.argumentsMarker, Self.identifierMarker].contains(where: { $0.utf8.starts(with: marker) })
        else { return .invalid }
        place = .bareName(text)
        return .goesOn
    }

    /// The id that the model gives the call is its own affair.
    private mutating func identifier(_ byte: UInt8, _ text: [UInt8]) -> Progress {
        let text = text + [byte]
        let start = text.firstIndex(of: UInt8(ascii: "[")) ?? text.count
        if text[start...].elementsEqual(Self.argumentsMarker.utf8), let name {
            return beginBareArguments(Array(name.utf8)[...], nil)
        }
        guard text.count <= Self.maxNameLength, Self.argumentsMarker.utf8.starts(with: text[start...]),
            start < text.count || ToolLimits.isNamePart(byte)
        else { return .invalid }
        place = .identifier(text)
        return .goesOn
    }

    private mutating func beginBareArguments(_ name: ArraySlice<UInt8>, _ first: UInt8?) -> Progress {
        isBare = true
        guard take(String(decoding: name, as: UTF8.self)) == .goesOn else { return .invalid }
        beginValue(.arguments)
        return first.map { append($0) } ?? .goesOn
    }

    private static func escape(_ byte: UInt8) -> [UInt8] {
        switch byte {
        case 0x0A: return Array("\\n".utf8)
        case 0x0D: return Array("\\r".utf8)
        case 0x09: return Array("\\t".utf8)
        default:
            let digits = String(byte, radix: 16)
            return Array("\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8)
        }
    }
}
