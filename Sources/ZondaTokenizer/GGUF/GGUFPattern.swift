import ZondaCore

/// The pre-tokenizers that `tokenizer.ggml.pre` names.
///
/// Names and what they stand for: llama.cpp, `llama-vocab.cpp`. Where llama.cpp rewrites a pattern because its own
/// engine lacks something, the pattern of the model's `tokenizer.json` stands here.
struct GGUFPattern {
    /// Each cuts the pieces that the one before left; matches and what lies between them are pieces.
    var patterns: [String]
    var ignoresMerges = false
    var addsBOS = false
    var addsSeparator = false
    /// The vocabulary spells bytes in the printable alphabet; otherwise it is UTF-8 with "▁" for spaces.
    var isByteLevel = true

    private static let contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
    static let gpt2 = #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
    private static let lineEnds = #"\s*[\r\n]+|\s+(?!\S)|\s+"#
    private static let symbols = #" ?[^\s\p{L}\p{N}]+[\r\n]*"#
    private static let words = #"[^\r\n\p{L}\p{N}]?\p{L}+"#
    private static let llama3 = "\(contractions)|\(words)|\\p{N}{1,3}|\(symbols)|\(lineEnds)"
    private static let qwen2 = "\(contractions)|\(words)|\\p{N}|\(symbols)|\(lineEnds)"
    /// Words that begin with capitals, then words that end in them.
    private static let upper = #"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"#
    private static let lower = #"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"#
    private static let caseWords = casedWords(suffix: "")
    private static let gpt4o = """
        \(casedWords(suffix: contractions + "?"))|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\(lineEnds)
        """
    private static let deepSeekWords = #"""
        [!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+
        """#
    private static let cjk = "[一-龥\u{3040}-ゟ゠-ヿ]+"
    private static let bloom = #" ?[^(\s|.,!?…。，、।۔،)]+"#

    private static func casedWords(suffix: String) -> String {
        let start = #"[^\r\n\p{L}\p{N}]?"#
        return "\(start)\(upper)*\(lower)+\(suffix)|\(start)\(upper)+\(lower)*\(suffix)"
    }

    /// The pre-tokenizer called `name`.
    ///
    /// - Throws: `ZondaError` of code `unsupported` for a name that is not known.
    init(named name: String?) throws(ZondaError) {
        switch name {
        case nil, "default":
            self.init(patterns: [#"[\p{P}\$\+<=>\^~\|]+"#, Self.gpt2, #"\p{N}+"#, "[0-9][0-9][0-9]"])
        case "llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2", "jina-v5-nano":
            self.init(patterns: [Self.llama3], ignoresMerges: true, addsBOS: true)
        case "dbrx", "smaug-bpe", "glm4", "chatglm-bpe": self.init(patterns: [Self.llama3])
        case "minicpm5":
            let rest = "\(Self.contractions)|\(Self.words)|\\p{N}+|\(Self.symbols)|\(Self.lineEnds)"
            self.init(patterns: [#"\p{N}{1,3}"#, rest], ignoresMerges: true)
        case "qwen2", "deepseek-r1-qwen", "kormo", "f2llmv2", "megrez", "stablelm2", "hunyuan", "solar-open", "grok-2":
            self.init(patterns: [Self.qwen2])
        case "laguna": self.init(patterns: [#"[^\n]+|[\n]+"#, Self.qwen2])
        case "ufakzeka": self.init(patterns: ["\(Self.words)|\\p{N}|\(Self.symbols)|\(Self.lineEnds)"])
        case "qwen35":
            let words = #"[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*"#
            self.init(patterns: ["\(Self.contractions)|\(words)|\(Self.lineEnds)"])
        case "jais-2":
            let runs = [512, 256, 128, 64, 32, 16, 8, 4].map { #"\s{\#($0)}(?!\S)"# }.joined(separator: "|")
            let spaces = #"\s*[\r\n]+|\#(runs)|\s{1,2}(?!\S)|\s{1}"#
            self.init(patterns: ["\(Self.contractions)|\(Self.words)|\\p{N}{1,3}|\(Self.symbols)|\(spaces)"])
        case "gpt-2", "phi-2", "jina-es", "jina-de", "gigachat", "jina-v2-es", "jina-v2-de", "a.x-4.0", "mellum",
            "modern-bert", "mpt", "olmo", "jais", "trillion", "granite-docling", "exaone4":
            self.init(patterns: [Self.gpt2])
        case "jina-v1-en", "jina-v2-code", "roberta-bpe": self.init(patterns: [Self.gpt2], addsSeparator: true)
        case "starcoder", "refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b", "mellum2":
            self.init(patterns: [#"\p{N}"#, Self.gpt2])
        case "falcon": self.init(patterns: [#"[\p{P}\$\+<=>\^~\|`]+"#, Self.gpt2, "[0-9][0-9][0-9]"])
        case "bloom", "gpt3-finnish", "poro-chat": self.init(patterns: [Self.bloom])
        case "viking": self.init(patterns: [Self.bloom, #"\p{N}"#])
        default: try self.init(rarelyNamed: name ?? "")
        }
    }

    private init(rarelyNamed name: String) throws(ZondaError) {
        switch name {
        case "deepseek-llm":
            self.init(patterns: [
                #"[\r\n]"#, #"\s?\#(Self.deepSeekLetters)+"#, #"\s?[!-/:-~！-／：-～‘-‟　-。]+"#, #"\s+$"#,
                "[一-龥ࠀ-一가-퟿]+", #"\p{N}+"#,
            ])
        case "deepseek-coder":
            self.init(patterns: [#"[\r\n]"#, #"\s?\p{L}+"#, #"\s?\p{P}+"#, "[一-龥ࠀ-一가-퟿]+", #"\p{N}"#])
        case "deepseek-v3", "hunyuan-dense", "joyai-llm", "hy_v4":
            self.init(patterns: [#"\p{N}{1,3}"#, Self.cjk, "\(Self.deepSeekWords)[\\r\\n]*|\(Self.lineEnds)"])
        case "spark2_5":
            let words = Self.deepSeekWords + #"|[\r\n]|\s+(?!\S)|\s+"#
            self.init(patterns: [#"\p{N}{1,3}"#, Self.cjk, words, #"\p{N}"#])
        case "afmoe":
            let asian =
                "一-鿿㐀-䶿\u{F900}-\u{FAFF}\u{3040}-ゟ゠-ヿ･-ﾟ⼀-⿟เ-\u{E7F}\u{E80}-\u{EFF}ក-\u{17FF}က-႟ꩠ-ꩿꧠ-꧿가-\u{D7AF}ᄀ-ᇿ"
            self.init(patterns: [
                #"\p{Nd}{1,3}(?=(?:\p{Nd}{3})*(?!\p{Nd}))"#, "[\(asian)]+",
                "\(Self.deepSeekWords)[\\r\\n]*|\(Self.lineEnds)",
            ])
        case "youtu":
            let scripts = "[가-힣ㄱ-ㆎ]+|[！…“”‘’—：；，、-〿︰-﹏]+|[ㄅ-ㄯ]+|[一-龥\u{3040}-ゟ゠-ヿ]+"
            let words = Self.casedWords(suffix: Self.contractions + "?")
            let rest = #"\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|"# + Self.lineEnds
            self.init(patterns: [scripts, "\(words)|\(rest)"], ignoresMerges: true)
        case "tekken":
            let rest = #"\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|"# + Self.lineEnds
            self.init(patterns: ["\(Self.caseWords)|\(rest)"], ignoresMerges: true, addsBOS: true)
        case "gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2": self.init(patterns: [Self.gpt4o])
        case "granite-embed-multi-97m": self.init(patterns: [Self.gpt4o], ignoresMerges: true)
        case "tiny_aya", "cohere2moe": self.init(patterns: [#"\d{1,3}(?=(?:\d{3})*\b)"#, Self.gpt4o])
        case "kimi-k2":
            let start = #"[^\r\n\p{L}\p{N}]?"#
            let upper = #"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]"#
            let lower = #"[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]"#
            let end = Self.contractions + "?"
            let words = "\(start)\(upper)*\(lower)+\(end)|\(start)\(upper)+\(lower)*\(end)"
            self.init(patterns: ["[\\p{Han}]+|\(words)|\\p{N}{1,3}|\(Self.symbols)|\(Self.lineEnds)"])
        case "superbpe": self.init(patterns: [#"\p{N}+"#, #"(?=(\d{3})+(?!\d))"#])
        case "bailingmoe", "bailingmoe2", "llada-moe":
            self.init(patterns: [
                #"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"#
            ])
        case "seed-coder":
            let symbols = #" ?[^\s\p{L}\p{N}\r\n]+"#
            self.init(patterns: ["\(Self.contractions)|\(Self.words)|\\p{N}|\(symbols)|\(Self.lineEnds)"])
        case "exaone-moe":
            let words = #"[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+"#
            let rest = #"\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?|\s*[\r\n]|\s+(?!\S)|\s+"#
            self.init(patterns: ["\(Self.contractions)|\(words)|\(rest)"])
        case "chameleon":
            self.init(
                patterns: [
                    "<sentinel:[0-9]+>", "(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z", #"([\t\n]|    |  )"#, #"\p{N}"#,
                    #"[\p{P}!-/:-@\[-`{-~]"#, Self.gpt2,
                ], addsBOS: true)
        case "gemma4", "granite-embed-multi-311m":
            self.init(patterns: [#"[^\n]+|[\n]+"#], addsBOS: true, isByteLevel: false)
        case "sarvam-moe": self.init(patterns: [#"[^\n]+|[\n]+"#], isByteLevel: false)
        default:
            throw ZondaError(
                .unsupported, "tokenizer.ggml.pre is \"\(name)\", which Zonda does not know",
                remedy: "use the model's tokenizer.json, or convert it with a known pre-tokenizer",
                facts: ["pre": name])
        }
    }

    private init(
        patterns: [String], ignoresMerges: Bool = false, addsBOS: Bool = false, addsSeparator: Bool = false,
        isByteLevel: Bool = true
    ) {
        self.patterns = patterns
        self.ignoresMerges = ignoresMerges
        self.addsBOS = addsBOS
        self.addsSeparator = addsSeparator
        self.isByteLevel = isByteLevel
    }

    /// The letters of DeepSeek's first model: those with two cases.
    private static let deepSeekLetters = """
        [A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-\u{1F7D}ᾀ-ᾴᾶ-ᾼ\u{1FBE}ῂ-ῄῆ-ῌῐ-\u{1FD3}ῖ-\u{1FDB}ῠ-Ῥ\
        ῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝℤ\u{2126}ℨ\u{212A}-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃]
        """
}
