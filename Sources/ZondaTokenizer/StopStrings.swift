public import ZondaCore

/// Watches streamed text for strings that end an answer. Text that could still become one is held back; the rest is
/// released at once. What comes out does not depend on how the text was cut into pieces.
///
/// ```swift
/// var stops = try StopStrings(["\n\n", "User:"])
/// let output = stops.append(piece)
/// print(output.text)
/// if output.stop != nil { … }
/// ```
///
/// The stop that is complete first wins, of several at once the longest. Comparison is by Unicode scalars, as in Python:
/// an accented letter in one piece and in two are different texts.
public struct StopStrings: Sendable {
    /// Text to pass on, and the stop string that ended it.
    public struct Output: Hashable, Sendable {
        public var text: String
        public var stop: String?
    }

    private var matchers: [Matcher]
    private let includesStop: Bool
    private var held: [UInt8] = []
    private var stop: String?

    /// - Parameter includesStop: whether the text ends with the stop string or before it.
    /// - Throws: `badRequest` for an empty string, which would end every answer at once.
    public init(_ strings: [String], includesStop: Bool = false) throws(ZondaError) {
        guard !strings.contains("") else {
            throw ZondaError(
                .badRequest, "stop string \(strings.firstIndex(of: "") ?? 0) is empty", remedy: "leave it out")
        }
        // Longest first, so that of those complete at the same byte it is found first.
        matchers = strings.sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }.map(Matcher.init)
        self.includesStop = includesStop
    }

    /// Adds a piece of text. After a stop nothing more comes out.
    public mutating func append(_ piece: String) -> Output {
        guard stop == nil else { return Output(text: "", stop: stop) }
        for byte in piece.utf8 {
            held.append(byte)
            for index in matchers.indices where matchers[index].isComplete(after: byte) && stop == nil {
                stop = matchers[index].text
            }
            if let stop {
                return Output(text: release(includesStop ? held.count : held.count - stop.utf8.count), stop: stop)
            }
        }
        let pending = matchers.lazy.map(\.matched).max() ?? 0
        return Output(text: release(held.count - pending))
    }

    /// The text still held back when the answer ended another way.
    public mutating func finish() -> String {
        stop == nil ? release(held.count) : ""
    }

    // A match begins at the first byte of a character, so a cut before it never splits one.
    private mutating func release(_ count: Int) -> String {
        let text = String(decoding: held.prefix(count), as: UTF8.self)
        held.removeFirst(count)
        return text
    }
}

extension StopStrings {
    /// How much of one stop string the newest bytes are.
    ///
    /// Source: Knuth, Morris, Pratt, "Fast pattern matching in strings", 1977.
    fileprivate struct Matcher: Sendable {
        let text: String
        private let bytes: [UInt8]
        /// For each count of matched bytes, the next smaller count that the same text also matches.
        private let fallbacks: [Int]
        private(set) var matched = 0

        init(_ text: String) {
            self.text = text
            bytes = Array(text.utf8)
            var fallbacks = Array(repeating: 0, count: bytes.count)
            var matched = 0
            for index in bytes.indices.dropFirst() {
                while matched > 0, bytes[index] != bytes[matched] { matched = fallbacks[matched - 1] }
                if bytes[index] == bytes[matched] { matched += 1 }
                fallbacks[index] = matched
            }
            self.fallbacks = fallbacks
        }

        mutating func isComplete(after byte: UInt8) -> Bool {
            while matched > 0, bytes[matched] != byte { matched = fallbacks[matched - 1] }
            if bytes[matched] == byte { matched += 1 }
            return matched == bytes.count
        }
    }
}
