import ZondaCore

/// What a SentencePiece model file (`tokenizer.model`) says: a message `ModelProto` of sentencepiece_model.proto.
struct SentencePieceModel {
    enum Algorithm: Int {
        case unigram = 1
        case bytePairs, words, characters
    }

    private(set) var table = TokenTable()
    private(set) var algorithm = Algorithm.unigram
    private(set) var fallsBackToBytes = false
    private(set) var special = SpecialTokens()
    private(set) var characterMap: CharacterMap?
    private(set) var addsSpacePrefix = true
    private(set) var mergesSpaces = true

    init(parsing bytes: Span<UInt8>, name: String) throws(ZondaError) {
        // The defaults of the format.
        var ids = [40: 0, 41: 1, 42: 2, 43: -1]
        var reader = ProtobufReader(bytes, name: name)
        while let (field, value) = try reader.next() {
            guard case .bytes(let range) = value else { continue }
            let message = bytes.extracting(range)
            switch field {
            case 1: try readPiece(message, name)
            case 2: try readTrainer(message, name, &ids)
            case 3: try readNormalizer(message, name)
            default: break
            }
        }
        guard table.tokens.count > 0 else {
            throw ZondaError(
                .badFile, "\(name): a SentencePiece model without pieces",
                remedy: "it is another kind of file, or damaged")
        }
        func id(_ field: Int) -> TokenID? {
            ids[field].flatMap { table.tokens.isID($0) ? TokenID($0) : nil }
        }
        special.unknown = id(40)
        special.bos = id(41)
        special.eos = id(42)
        special.padding = id(43)
    }

    private mutating func readPiece(_ bytes: Span<UInt8>, _ name: String) throws(ZondaError) {
        guard table.tokens.count < Vocabulary.maxCount else {
            throw ZondaError(
                .badFile, "\(name): more than \(Vocabulary.maxCount) pieces",
                remedy: "the file is damaged; fetch it again")
        }
        var piece = 0..<0
        var score: Float = 0
        var kind = TokenTable.Kind.normal
        var reader = ProtobufReader(bytes, name: name)
        while let (field, value) = try reader.next() {
            switch (field, value) {
            case (1, .bytes(let range)): piece = range
            case (2, .float(let bits)): score = Float(bitPattern: bits)
            case (3, .integer(let number)):
                kind = TokenTable.Kind(rawValue: Int(truncatingIfNeeded: number)) ?? .undefined
            default: break
            }
        }
        table.append(bytes.extracting(piece), score: score, kind: kind)
    }

    private mutating func readTrainer(
        _ bytes: Span<UInt8>, _ name: String, _ ids: inout [Int: Int]
    ) throws(ZondaError) {
        var reader = ProtobufReader(bytes, name: name)
        while let (field, value) = try reader.next() {
            guard case .integer(let number) = value else { continue }
            let integer = Int(truncatingIfNeeded: number)
            switch field {
            case 3:
                guard let known = Algorithm(rawValue: integer) else {
                    throw ZondaError(
                        .unsupported, "\(name): SentencePiece model type \(integer)",
                        remedy: "1 (unigram) and 2 (BPE) are known")
                }
                algorithm = known
            case 35: fallsBackToBytes = number != 0
            case 40...43: ids[field] = integer
            default: break
            }
        }
    }

    private mutating func readNormalizer(_ bytes: Span<UInt8>, _ name: String) throws(ZondaError) {
        var reader = ProtobufReader(bytes, name: name)
        while let (field, value) = try reader.next() {
            switch (field, value) {
            case (2, .bytes(let range)) where !range.isEmpty:
                characterMap = try CharacterMap(parsing: bytes.extracting(range), name: name)
            case (3, .integer(let number)): addsSpacePrefix = number != 0
            case (4, .integer(let number)): mergesSpaces = number != 0
            default: break
            }
        }
    }
}
