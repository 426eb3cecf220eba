import ZondaCore

/// What turns a piece of text into tokens.
enum TokenModel: Sendable {
    case bytePairs(BytePairEncoder)
    case scoreMerges(ScoreMergeEncoder)
    case unigram(UnigramEncoder)
    case words(WordEncoder)

    var vocabulary: Vocabulary {
        switch self {
        case .bytePairs(let encoder): encoder.vocabulary
        case .scoreMerges(let encoder): encoder.vocabulary
        case .unigram(let encoder): encoder.vocabulary
        case .words(let encoder): encoder.vocabulary
        }
    }

    /// Appends the ids of each of `pieces`.
    func encode(_ pieces: Pieces, into ids: inout [TokenID], _ scratch: inout ModelScratch) throws(ZondaError) {
        switch self {
        case .bytePairs(let encoder): encoder.encode(pieces, into: &ids, &scratch)
        case .scoreMerges(let encoder): encoder.encode(pieces, into: &ids, &scratch)
        case .unigram(let encoder): try encoder.encode(pieces, into: &ids, &scratch)
        case .words(let encoder): try encoder.encode(pieces, into: &ids)
        }
    }
}

/// What models reuse between the pieces of one call.
struct ModelScratch {
    var merger = SymbolMerger()
    var cache = WordCache()
    var lattice = Lattice()
}
