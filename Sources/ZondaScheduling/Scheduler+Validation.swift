import ZondaCore

extension Scheduler {
    func validate(_ request: SequenceRequest) throws(ZondaError) {
        guard !request.tokens.isEmpty else {
            throw ZondaError(.badRequest, "the prompt has no tokens", remedy: "send at least one token")
        }
        if let index = request.tokens.firstIndex(where: { $0 < 0 }) {
            throw ZondaError(
                .badRequest, "token \(index) of the prompt is \(request.tokens[index])",
                remedy: "token ids are not negative")
        }
        if let ids = request.contentIDs, ids.count != request.tokens.count {
            throw ZondaError(
                .badRequest, "\(ids.count) content ids for \(request.tokens.count) tokens",
                remedy: "send one per token")
        }
        guard request.maxNewTokens >= 0, request.maxNewTokens > 0 || request.promptOutputs != .none else {
            throw ZondaError(
                .badRequest, "maxNewTokens is \(request.maxNewTokens)",
                remedy: "ask for at least 1 token, or for the outputs of the prompt")
        }
        try validateLength(request)
    }

    private func validateLength(_ request: SequenceRequest) throws(ZondaError) {
        let (length, overflow) = request.tokens.count.addingReportingOverflow(request.maxNewTokens)
        guard !overflow, length <= configuration.maxSequenceLength else {
            throw ZondaError(
                .contextExceeded,
                "a prompt of \(request.tokens.count) tokens and an answer of \(request.maxNewTokens) are more than the "
                    + "\(configuration.maxSequenceLength) tokens of a sequence",
                remedy: "shorten the prompt, ask for fewer tokens, or raise the sequence length",
                facts: [
                    "promptTokens": "\(request.tokens.count)", "maxNewTokens": "\(request.maxNewTokens)",
                    "maxSequenceLength": "\(configuration.maxSequenceLength)",
                ])
        }
        // The last token of an answer is sampled, and never computed.
        let rowCount = request.maxNewTokens == 0 ? length : length - 1
        for (index, group) in configuration.groups.enumerated() {
            let needed = group.peakPageCount(rowCount: rowCount, pageSize: configuration.pageSize)
            guard needed > group.pageCount else { continue }
            throw ZondaError(
                .outOfMemory,
                "\(length) tokens need \(needed) pages of KV in group \(index), which has \(group.pageCount)",
                remedy: "ask for at most \(configuration.longestSequence) tokens in all, or raise the KV budget",
                facts: [
                    "needed": "\(needed)", "available": "\(group.pageCount)", "group": "\(index)",
                    "longestSequence": "\(configuration.longestSequence)",
                ])
        }
    }
}
