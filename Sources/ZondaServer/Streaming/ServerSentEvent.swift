import ZondaFormats
import ZondaWire

/// The text of server-sent events. JSON of one line needs no more than one `data` field.
enum ServerSentEvent {
    static func data(_ json: JSONValue) -> String { "data: \(json.text)\n\n" }
    static func named(_ event: WireEvent) -> String { "event: \(event.name)\ndata: \(event.data.text)\n\n" }
    static func comment(_ text: String) -> String { ": \(text)\n\n" }
    /// How OpenAI's streams end.
    static let done = "data: [DONE]\n\n"
}
