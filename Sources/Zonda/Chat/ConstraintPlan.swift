import OrderedCollections
import ZondaCore
import ZondaFormats
import ZondaGrammar
import ZondaTokenizer

/// What the text of an answer must be, before it is compiled: the key that equal requests find it by.
struct ConstraintPlan: Sendable, Hashable {
    /// What the content must be; nil for anything.
    var content: OutputConstraint?
    /// The functions that may be called.
    var tools: ToolSet
    var format: ToolFormat?
    /// Whether thoughts stand before it, with line ends after them.
    var followsThoughts = false

    /// Nil when any text will do.
    ///
    /// - Parameter format: how calls are written; nil when there are none.
    init?(content: OutputConstraint?, tools: ToolSet, format: ToolFormat?) {
        let isFree = content == nil && !(format != nil && (tools.isForced || tools.hasStrict))
        guard !isFree else { return nil }
        self.content = content
        self.tools = tools
        self.format = format
    }

    /// The texts that the plan allows.
    ///
    /// - Throws: `badRequest` for a grammar that is none, or a keyword of a schema that is not known.
    func grammar(_ tokenizer: Tokenizer) throws(ZondaError) -> Grammar {
        let answer = try answer(tokenizer)
        return followsThoughts ? .sequence([.repeated(.literal("\n"), 0...2), answer]) : answer
    }

    private func answer(_ tokenizer: Tokenizer) throws(ZondaError) -> Grammar {
        guard let format else { return try content?.grammar ?? .jsonObject }
        let writer = CallGrammar(format: format, tools: tools, tokenizer: tokenizer)
        if tools.isForced { return try writer.calls() }
        if let content { return .choice([try content.grammar, try writer.calls()]) }
        return try writer.text()
    }
}

extension OutputConstraint {
    fileprivate var grammar: Grammar {
        get throws(ZondaError) {
            switch self {
            case .jsonObject: .jsonObject
            case .jsonSchema(let schema): try Grammar(jsonSchema: schema)
            case .regex(let pattern): try Grammar(regex: pattern)
            case .grammar(let source): try Grammar(gbnf: source)
            }
        }
    }
}

/// Writes tool calls as a grammar, in the words of one family.
struct CallGrammar {
    let format: ToolFormat
    let tools: ToolSet
    let tokenizer: Tokenizer

    /// Calls and nothing else.
    func calls() throws(ZondaError) -> Grammar {
        let call = try anyCall()
        guard tools.allowsSeveral, format.allowsSeveral else { return wrapped(call) }
        if format.isList { return wrapped(several(call)) }
        return several(wrapped(call))
    }

    /// Free text, in which a call that has begun is held to its schema.
    func text() throws(ZondaError) -> Grammar {
        let limit = tools.allowsSeveral && format.allowsSeveral ? nil : 1
        guard !format.opening.isEmpty else {
            // Without a marker, it is the beginning of the object that tells.
            return .freeText(until: format.beforeName, then: try anyCall(withoutBeginning: true), atMost: limit)
        }
        let call = try anyCall()
        let rest = inside(format.isList && limit == nil ? several(call) : call)
        guard let token = tokenizer.specialToken(spelled: format.opening) else {
            return .freeText(until: format.opening, then: rest, atMost: limit)
        }
        return .freeText(until: token, then: rest, atMost: limit)
    }

    private func wrapped(_ call: Grammar) -> Grammar { .sequence([text(format.opening), inside(call)]) }

    /// What follows the opening marker.
    private func inside(_ calls: Grammar) -> Grammar {
        let list: [Grammar] = format.isList ? [.literal("["), calls, .literal("]")] : [calls]
        return .sequence(list + [text(format.closing)])
    }

    private func several(_ call: Grammar) -> Grammar {
        .sequence([call, .repeated(.sequence([.literal(format.separator), call]), 0...)])
    }

    private func anyCall(withoutBeginning: Bool = false) throws(ZondaError) -> Grammar {
        var calls: [Grammar] = []
        for function in tools.functions {
            calls.append(
                .sequence([
                    withoutBeginning ? .literal("") : .literal(format.beforeName),
                    .literal(function.name), text(format.beforeArguments), try arguments(of: function),
                    .literal(format.afterArguments),
                ]))
        }
        return .choice(calls)
    }

    private func arguments(of function: ToolFunction) throws(ZondaError) -> Grammar {
        do throws(ZondaError) {
            let isKept = tools.isForced || function.isStrict
            switch format.syntax {
            case .json where !isKept: return .jsonObject
            case .json:
                guard let parameters = function.parameters else { return .literal("{}") }
                return try Grammar(jsonSchema: parameters)
            case .tags where !isKept:
                let key = try Grammar(regex: "[A-Za-z0-9_.$-]{1,64}")
                return .repeated(tag(key: key, .freeText(without: TagCallReader.parameterEnd)), 0...)
            case .tags: return try tags(function)
            }
        } catch {
            var error = error
            error.message = "parameters of the function \"\(function.name)\": \(error.message)"
            throw error
        }
    }

    /// Arguments in the order of the schema's properties.
    private func tags(_ function: ToolFunction) throws(ZondaError) -> Grammar {
        let schema = function.parameters ?? .null
        let required = schema["required"]?.array ?? []
        var tags: [Grammar] = []
        for (name, property) in schema["properties"]?.object ?? [:] {
            let value = try TagArgument(property).grammar(root: schema, isStrict: function.isStrict)
            let tag = tag(key: .literal(name), value)
            tags.append(required.contains(.string(name)) ? tag : .repeated(tag, 0...1))
        }
        return .sequence(tags)
    }

    private func tag(key: Grammar, _ value: Grammar) -> Grammar {
        .sequence([
            .literal(TagCallReader.parameter), key, .literal(">\n"), value,
            .literal("\n\(TagCallReader.parameterEnd)\n"),
        ])
    }

    /// A text in which special tokens stand for themselves.
    private func text(_ text: String) -> Grammar {
        var parts: [Grammar] = []
        var rest = text[...]
        while !rest.isEmpty {
            let first = format.markers.compactMap { marker -> (Range<String.Index>, TokenID)? in
                guard let id = tokenizer.specialToken(spelled: marker), let range = rest.firstRange(of: marker) else {
                    return nil
                }
                return (range, id)
            }.min { $0.0.lowerBound < $1.0.lowerBound }
            guard let (range, id) = first else { break }
            if range.lowerBound > rest.startIndex {
                parts.append(.literal(String(rest[..<range.lowerBound])))
            }
            parts.append(.token(id))
            rest = rest[range.upperBound...]
        }
        if !rest.isEmpty { parts.append(.literal(String(rest))) }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }
}

extension Tokenizer {
    /// The special token with this content; nil when there is none, or it is ordinary text.
    func specialToken(spelled content: String) -> TokenID? {
        addedTokens.first { $0.isSpecial && $0.content == content }?.id
    }
}
