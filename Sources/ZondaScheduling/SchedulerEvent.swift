public import ZondaCore

/// What became of a sequence, in the order in which it happened.
public enum SchedulerEvent: Codable, Hashable, Sendable {
    /// A token was read and is part of the answer, a stop token too; `index` counts from 0.
    case appended(sequence: SequenceID, token: TokenID, index: Int)
    /// All rows of a prompt with `promptOutputs` have been computed.
    case promptComputed(sequence: SequenceID)
    /// The sequence is over and holds nothing any more.
    case finished(sequence: SequenceID, reason: FinishReason)
    /// A step that ran ahead sampled for a sequence that was over by then.
    case discarded(sequence: SequenceID, index: Int)
}

/// Why a sequence ended.
public enum FinishReason: Codable, Hashable, Sendable {
    case stopToken(TokenID)
    /// The caller found a stop string in the text.
    case stopString
    /// `maxNewTokens` were sampled.
    case length
    /// Nothing was to be sampled and the outputs of the prompt are there.
    case promptComputed
    case deadline
    case cancelled
    case failed
}
