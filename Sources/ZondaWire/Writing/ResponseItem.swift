import OrderedCollections
import Zonda
import ZondaFormats

/// An item of the output of `/v1/responses`: thoughts, a message, or a call.
struct ResponseItem: Sendable {
    enum Kind: Sendable {
        case reasoning
        case message
        case call(id: String, name: String)
    }

    enum Status: String {
        case inProgress = "in_progress"
        case completed, incomplete
    }

    let kind: Kind
    let id: String
    /// Of a call: its arguments.
    var text = ""
    var logprobs: [TokenLogprob] = []

    init(_ kind: Kind) {
        self.kind = kind
        switch kind {
        case .reasoning: id = WireID.make("rs_")
        case .message: id = WireID.make("msg_")
        case .call: id = WireID.make("fc_")
        }
    }

    /// The one part that thoughts and messages have; nil for a call.
    var part: JSONValue? {
        switch kind {
        case .reasoning: .object(["type": "reasoning_text", "text": .string(text)])
        case .message:
            .object([
                "type": "output_text", "text": .string(text), "annotations": .array([]), "logprobs": logprobsJSON,
            ])
        case .call: nil
        }
    }

    /// Of a message's text: a list, as `logprobs.content` is.
    var logprobsJSON: JSONValue { .array(logprobs.map(\.json)) }

    func json(_ status: Status) -> JSONValue {
        var members: JSONObject = ["id": .string(id)]
        // A part comes with its own event once there is one.
        let parts = JSONValue.array(status == .inProgress ? [] : part.map { [$0] } ?? [])
        switch kind {
        case .reasoning:
            members["type"] = "reasoning"
            members["summary"] = .array([])
            members["content"] = parts
        case .message:
            members["type"] = "message"
            members["role"] = "assistant"
            members["content"] = parts
        case .call(let callID, let name):
            members["type"] = "function_call"
            members["call_id"] = .string(callID)
            members["name"] = .string(name)
            members["arguments"] = .string(text)
        }
        members["status"] = .string(status.rawValue)
        return .object(members)
    }
}
