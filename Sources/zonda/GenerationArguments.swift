import ArgumentParser
import Zonda

/// How answers are sampled, as flags.
struct GenerationArguments: ParsableArguments {
    @Option(name: [.customShort("n"), .customLong("max-tokens")], help: "Tokens of an answer at most.")
    var maxTokens: Int?

    @Option(name: .shortAndLong, help: "0 takes the most likely token; by default what the model's makers recommend.")
    var temperature: Double?

    @Option(help: "Only the K most likely tokens.") var topK: Int?
    @Option(help: "Only the most likely tokens that make up this much probability.") var topP: Double?
    @Option(help: "Only tokens at least this likely, relative to the most likely one.") var minP: Double?
    @Option(help: "Only tokens about as surprising as expected, up to this much probability.") var typicalP: Double?
    @Option(help: "Divides the logits of tokens seen before.") var repetitionPenalty: Double?
    @Option(help: "Taken from a token's logit for each time it was generated.") var frequencyPenalty: Double?
    @Option(help: "Taken from the logit of tokens generated before.") var presencePenalty: Double?
    @Option(help: "DRY's multiplier: a penalty on repeating long passages.") var dry: Double?
    @Option(help: "The answer ends before this text; may be given several times.") var stop: [String] = []
    @Option(help: "Equal seeds give equal answers.") var seed: UInt64?
    @Option(help: ArgumentHelp("The answer is JSON that this schema accepts.", valueName: "file"))
    var jsonSchema: String?
    @Option(help: ArgumentHelp("The answer is text that this expression matches.", valueName: "expression"))
    var regex: String?
    @Option(help: ArgumentHelp("The answer is text of this grammar, in GBNF.", valueName: "file"))
    var grammar: String?
    @Flag(help: "Goes on past the model's end token.") var ignoreEos = false

    func validate() throws {
        guard [jsonSchema, regex, grammar].count(where: { $0 != nil }) <= 1 else {
            throw ValidationError("Give one of --json-schema, --regex and --grammar.")
        }
    }

    /// - Throws: `ZondaError` for a file that can't be read, or a schema that is not JSON.
    func options() throws -> GenerationOptions {
        var options = GenerationOptions()
        options.maxTokens = maxTokens
        options.temperature = temperature
        options.topK = topK
        options.topP = topP
        options.minP = minP
        options.typicalP = typicalP
        options.repetitionPenalty = repetitionPenalty
        options.frequencyPenalty = frequencyPenalty
        options.presencePenalty = presencePenalty
        options.dry = dry.map { DRYOptions(multiplier: $0) }
        options.stop = stop
        options.seed = seed
        options.ignoreEOS = ignoreEos
        if let jsonSchema {
            options.constraint = .jsonSchema(try JSONValue(parsing: try Files.text(of: jsonSchema), name: jsonSchema))
        }
        if let regex { options.constraint = .regex(regex) }
        if let grammar { options.constraint = .grammar(try Files.text(of: grammar)) }
        return options
    }
}
