import OrderedCollections
import Zonda
package import ZondaFormats

extension TokenLogprob {
    /// An element of `logprobs.content`: the token's text, its bytes, and what else it could have been.
    var json: JSONValue {
        var members = Self.entry(text, bytes, logprob)
        members["top_logprobs"] = .array(alternatives.map { .object(Self.entry($0.text, $0.bytes, $0.logprob)) })
        return .object(members)
    }

    private static func entry(_ text: String, _ bytes: [UInt8], _ logprob: Float) -> JSONObject {
        [
            "token": .string(text), "logprob": .logprob(logprob),
            "bytes": .array(bytes.map { .integer(Int($0)) }),
        ]
    }
}

extension [TokenLogprob] {
    /// The `logprobs` of a chat's choice.
    var chatJSON: JSONValue { .object(["content": .array(map(\.json)), "refusal": .null]) }

    /// The `logprobs` of a completion's choice, as lists of the same length.
    ///
    /// - Parameter offset: where the first token stands in the text, in characters.
    func completionJSON(from offset: Int) -> JSONValue {
        var offset = offset
        var offsets: [JSONValue] = []
        for token in self {
            offsets.append(.integer(offset))
            offset += token.text.unicodeScalars.count
        }
        return .object([
            "tokens": .array(map { .string($0.text) }), "token_logprobs": .array(map { .logprob($0.logprob) }),
            "top_logprobs": .array(map { .object($0.alternativesByText) }), "text_offset": .array(offsets),
        ])
    }
}

extension TokenLogprob {
    /// Tokens that read alike share a key; the likelier one has it.
    fileprivate var alternativesByText: JSONObject {
        var members: JSONObject = [:]
        for alternative in alternatives where members[alternative.text] == nil {
            members[alternative.text] = .logprob(alternative.logprob)
        }
        return members
    }
}

extension JSONValue {
    /// JSON has no infinity; OpenAI writes -9999 for what can't be.
    package static func logprob(_ value: Float) -> JSONValue {
        value.isFinite ? .float(value) : .integer(-9999)
    }
}
