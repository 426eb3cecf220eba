import OrderedCollections
import Zonda

/// Prompts of random words: each begins in its own way, so that a server's prefix cache has nothing of one when it comes.
struct ServerBenchPrompts {
    var seed: UInt64
    /// Words of a prompt, of which each is about a token.
    var wordCount: Int
    /// Words that all begin with.
    var sharedWordCount: Int

    /// The prompt of request `index` among those of a concurrency.
    func text(concurrency: Int, index: Int) -> String {
        // Apart from those of any other seed, concurrency or index; the shared words are those of the seed alone.
        var random = SplitMix(seed: seed)
        let shared = words(sharedWordCount, &random)
        let own = (random.next() &+ UInt64(concurrency) &* 0x9E37_79B9) ^ (UInt64(index) &* 0xBF58_476D_1CE4_E5B9)
        var ownRandom = SplitMix(seed: own)
        return (shared + words(wordCount, &ownRandom)).joined(separator: " ")
    }

    private func words(_ count: Int, _ random: inout SplitMix) -> [String] {
        (0..<count).map { _ in Self.words[Int(random.next() % UInt64(Self.words.count))] }
    }

    /// Short and frequent, so that tokenizers of most families have a token for each.
    private static let words = """
        able about above across act add after again age ago air all also always animal answer any area arm art ask away \
        back bad ball bank base bear beat bed before begin behind best better big bird black blue board boat body bone \
        book both box boy break bring brother build burn business buy call came can car care carry case cat catch \
        cause cell center chance change child choose church circle city class clean clear climb close clothes cold \
        color come common control cool copy corn corner cost could count country course cover cross cry current cut \
        dance dark day dead deal deep did die differ do doctor dog door down draw dream dress drink drive drop dry \
        each ear early earth east eat edge egg eight else end enough even ever every eye face fact fair fall family \
        far farm fast father fear feed feel feet few field fight fill final find fine finger fire first fish fit five
        """.split(separator: " ").map { String($0) }

    /// The body of a request.
    static func body(
        _ text: String, model: String, generate: Int, isChat: Bool, ignoresEOS: Bool
    ) -> JSONValue {
        var members: OrderedDictionary<String, JSONValue> = [
            "model": .string(model), "max_tokens": .integer(generate), "temperature": .integer(0),
            "stream": .bool(true), "stream_options": .object(["include_usage": .bool(true)]),
        ]
        if isChat {
            members["messages"] = .array([.object(["role": .string("user"), "content": .string(text)])])
        } else {
            members["prompt"] = .string(text)
        }
        if ignoresEOS { members["ignore_eos"] = .bool(true) }
        return .object(members)
    }
}
