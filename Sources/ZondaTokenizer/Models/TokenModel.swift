import ZondaCore

/// What turns a piece of text into tokens.
enum TokenModel: Sendable {
    case bytePairs(BytePairEncoder)
    case scoreMerges(ScoreMergeEncoder)

    func encode(_ pieces: Pieces, into ids: inout [TokenID], _ scratch: inout ModelScratch) {
        switch self {
        case .bytePairs(let encoder): encoder.encode(pieces, into: &ids, &scratch)
        case .scoreMerges(let encoder): encoder.encode(pieces, into: &ids, &scratch)
        }
    }
}
