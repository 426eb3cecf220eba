import OrderedCollections
public import Zonda
public import ZondaFormats

extension Usage {
    /// OpenAI's `usage` of chats and completions.
    public var json: JSONValue {
        var members: JSONObject = [
            "prompt_tokens": .integer(promptTokens), "completion_tokens": .integer(completionTokens),
            "total_tokens": .integer(totalTokens),
            "prompt_tokens_details": .object(["cached_tokens": .integer(cachedTokens)]),
        ]
        if let reasoningTokens {
            members["completion_tokens_details"] = .object(["reasoning_tokens": .integer(reasoningTokens)])
        }
        return .object(members)
    }

    /// The `usage` of `/v1/responses`.
    var responsesJSON: JSONValue {
        .object([
            "input_tokens": .integer(promptTokens),
            "input_tokens_details": .object(["cached_tokens": .integer(cachedTokens)]),
            "output_tokens": .integer(completionTokens),
            "output_tokens_details": .object(["reasoning_tokens": .integer(reasoningTokens ?? 0)]),
            "total_tokens": .integer(totalTokens),
        ])
    }

    /// Anthropic's: tokens from the cache are not among `input_tokens`.
    var anthropicJSON: JSONValue {
        .object([
            "input_tokens": .integer(promptTokens - cachedTokens), "cache_creation_input_tokens": .integer(0),
            "cache_read_input_tokens": .integer(cachedTokens), "output_tokens": .integer(completionTokens),
        ])
    }
}
