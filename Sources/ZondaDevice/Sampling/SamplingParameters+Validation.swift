public import ZondaCore

extension SamplingParameters {
    /// More alternatives than this make a reply of megabytes; OpenAI and vLLM stop at 20.
    public static let maxLogprobCount = 1024

    /// These parameters, if all are legal. With the size of a vocabulary, token ids are checked too.
    ///
    /// - Throws: `badRequest` with the name, the value and the legal range of the first that is not.
    public func validated(vocabularyCount: Int? = nil) throws(ZondaError) -> SamplingParameters {
        try check("temperature", temperature, "0 or more and finite") { $0 >= 0 && $0.isFinite }
        try check("topK", topK, "0 (all) or more") { $0 >= 0 }
        try check("topP", topP, "0 ... 1") { (0...1).contains($0) }
        try check("minP", minP, "0 ... 1") { (0...1).contains($0) }
        try check("typicalP", typicalP, "above 0 and at most 1") { $0 > 0 && $0 <= 1 }
        try check("repetitionPenalty", repetitionPenalty, "above 0 and finite") { $0 > 0 && $0.isFinite }
        try check("frequencyPenalty", frequencyPenalty, "-2 ... 2") { (-2...2).contains($0) }
        try check("presencePenalty", presencePenalty, "-2 ... 2") { (-2...2).contains($0) }
        try check("penaltyWindow", penaltyWindow ?? 1, "1 or more, or none") { $0 >= 1 }
        try check("logprobCount", logprobCount ?? 0, "0 ... \(Self.maxLogprobCount), or none") {
            (0...Self.maxLogprobCount).contains($0)
        }
        if let dry {
            try check("dry.multiplier", dry.multiplier, "0 or more and finite") { $0 >= 0 && $0.isFinite }
            try check("dry.base", dry.base, "1 or more and finite") { $0 >= 1 && $0.isFinite }
            try check("dry.allowedLength", dry.allowedLength, "1 or more") { $0 >= 1 }
            try check("dry.range", dry.range ?? 1, "1 or more, or none") { $0 >= 1 }
        }
        let tokens = 0..<max(vocabularyCount ?? Int(TokenID.max) + 1, 0)
        // Of several wrong ones the lowest, so that the same is named each time.
        if let token = logitBias.keys.filter({ !tokens.contains(Int($0)) }).min() {
            try check("token of logitBias", token, "\(tokens)") { _ in false }
        }
        if let (token, bias) = logitBias.filter({ !$0.value.isFinite }).min(by: { $0.key < $1.key }) {
            try check("logitBias of token \(token)", bias, "a finite number") { _ in false }
        }
        return self
    }

    private func check<Value>(
        _ name: String, _ value: Value, _ range: @autoclosure () -> String, _ isLegal: (Value) -> Bool
    ) throws(ZondaError) {
        guard isLegal(value) else {
            throw ZondaError(
                .badRequest, "\(name) is \(value)", remedy: "legal is \(range())", facts: ["parameter": name])
        }
    }
}
