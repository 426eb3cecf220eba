import Glibc
import Logging
import OrderedCollections
import Zonda

/// Writes log messages to standard error as JSON objects, one a line.
struct JSONLogHandler: LogHandler {
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var members: OrderedDictionary<String, JSONValue> = [
            "time": .number(Self.now), "level": .string(event.level.rawValue), "message": .string("\(event.message)"),
        ]
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) { members[key] = .string("\(value)") }
        Terminal.error(JSONValue.object(members).text)
    }

    /// Seconds since 1970.
    private static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec / 1_000_000) / 1000
    }
}
