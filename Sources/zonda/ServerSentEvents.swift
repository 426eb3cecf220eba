import Zonda

/// Reads a stream of server-sent events, however its bytes are cut (WHATWG HTML, section 9.2.6).
struct ServerSentEvents {
    private var line: [UInt8] = []
    private var data: [UInt8] = []
    private var hasData = false
    private var endsWithReturn = false
    private var isFirstLine = true

    /// An event of a chat is some hundred bytes; one of this size is something else, or an attack.
    static let maxEventByteCount = 16 << 20

    /// The data of the events that these bytes complete.
    ///
    /// - Throws: `badRequest` for an event of more than `maxEventByteCount` bytes.
    mutating func append(_ bytes: some Sequence<UInt8>) throws(ZondaError) -> [String] {
        var events: [String] = []
        for byte in bytes {
            // A line ends with CR LF, LF or CR; the LF after a CR may come later.
            let isSecondHalf = byte == 10 && endsWithReturn
            endsWithReturn = byte == 13
            if isSecondHalf { continue }
            if byte == 10 || byte == 13 {
                if let event = endLine() { events.append(event) }
                continue
            }
            guard line.count + data.count < Self.maxEventByteCount else {
                throw ZondaError(
                    .badRequest, "an event of more than \(Self.maxEventByteCount) bytes",
                    remedy: "name the address of an OpenAI-compatible server")
            }
            line.append(byte)
        }
        return events
    }

    /// Takes a line; returns the event that it ends.
    private mutating func endLine() -> String? {
        defer { line.removeAll(keepingCapacity: true) }
        if isFirstLine, line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        isFirstLine = false
        if line.isEmpty {
            defer {
                data.removeAll(keepingCapacity: true)
                hasData = false
            }
            return hasData ? String(decoding: data, as: UTF8.self) : nil
        }
        let name = line.prefix { $0 != UInt8(ascii: ":") }
        // Other fields (event, id, retry) and comments say nothing about tokens.
        guard name.elementsEqual("data".utf8) else { return nil }
        var value = line[name.endIndex...].dropFirst()
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        if hasData { data.append(10) }
        hasData = true
        data += value
        return nil
    }
}
