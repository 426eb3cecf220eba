import ZondaCore
import ZondaFormats

extension PreTokenizer {
    /// The pre-tokenizer that a `tokenizer.json` describes.
    init(_ settings: SettingsReader) throws(ZondaError) {
        steps = []
        try append(settings)
    }

    private mutating func append(_ settings: SettingsReader) throws(ZondaError) {
        let type = try settings.type()
        switch type {
        case "Sequence": for member in try settings.objects("pretokenizers") { try append(member) }
        case "ByteLevel":
            if try settings.optionalBool("add_prefix_space") ?? true { steps.append(.prefixSpace) }
            if try settings.optionalBool("use_regex") ?? true { try append(pattern: GGUFPattern.gpt2, .isolated) }
            steps.append(.byteAlphabet)
        case "Split":
            let behavior = try settings.behavior()
            let isInverted = try settings.optionalBool("invert") ?? false
            steps.append(.split(Splitter(try settings.delimiter(), behavior, isInverted: isInverted)))
        case "Metaspace":
            let metaspace = try Metaspace(settings)
            steps.append(.metaspace(metaspace))
        case "Whitespace": try append(pattern: #"\w+|[^\w\s]+"#, .removed, isInverted: true)
        case "WhitespaceSplit": try append(pattern: #"\s"#, .removed)
        case "BertPreTokenizer":
            steps += try Self.bert().steps
        case "Punctuation":
            try append(pattern: Self.punctuation, settings.value("behavior") == nil ? .isolated : settings.behavior())
        case "Digits":
            let isIndividual = try settings.optionalBool("individual_digits") ?? false
            try append(pattern: #"\p{N}"#, isIndividual ? .isolated : .contiguous)
        case "CharDelimiterSplit":
            steps.append(.split(Splitter(.literal(try settings.bytes("delimiter")), .removed)))
        case "FixedLength":
            let length = try settings.optionalCount("length", limit: 1 << 20) ?? 5
            guard length > 0 else { throw settings.failure("length", "is 0") }
            steps.append(.fixedLength(length))
        default:
            throw settings.unsupported(
                type,
                known: "Sequence, ByteLevel, Split, Metaspace, Whitespace, WhitespaceSplit, BertPreTokenizer, "
                    + "Punctuation, Digits, CharDelimiterSplit and FixedLength")
        }
    }

    private mutating func append(
        pattern: String, _ behavior: Splitter.Behavior, isInverted: Bool = false
    ) throws(ZondaError) {
        steps.append(.split(try Splitter(pattern: pattern, behavior, isInverted: isInverted)))
    }
}

extension PreTokenizer.Metaspace {
    /// Old files say `add_prefix_space`, new ones `prepend_scheme`.
    init(_ settings: SettingsReader) throws(ZondaError) {
        let replacement = try settings.optionalString("replacement") ?? "▁"
        var prepend: Prepend = try settings.optionalBool("add_prefix_space") ?? true ? .always : .never
        if let scheme = try settings.optionalString("prepend_scheme") {
            guard let known = Prepend(rawValue: scheme) else {
                throw settings.failure("prepend_scheme", "is \"\(scheme)\", not always, never or first")
            }
            prepend = known
        }
        self.init(
            replacement: Array(replacement.utf8), prepend: prepend, splits: try settings.optionalBool("split") ?? true)
    }
}

extension SettingsReader {
    fileprivate func behavior() throws(ZondaError) -> Splitter.Behavior {
        let name = try string("behavior")
        guard let behavior = Splitter.Behavior(rawValue: name) else {
            let known = Splitter.Behavior.allCases.map(\.rawValue).joined(separator: ", ")
            throw failure("behavior", "is \"\(name)\", not one of \(known)")
        }
        return behavior
    }
}
