public import ZondaCore
public import ZondaFormats

/// A chat template: a Jinja program that writes a conversation as the text a model was trained on.
///
/// ```swift
/// let template = try Template(parsing: source)
/// let prompt = try template.render(context: context.object)
/// ```
///
/// It renders as the reference does: jinja2 3.1's immutable sandbox with `trim_blocks`, `lstrip_blocks`, loop controls
/// and the functions that transformers adds. Parsed once, it can render on any number of threads. Templates come with
/// models and are not trusted: what one may use is bounded (`TemplateLimit`), and it reads nothing but its context.
public struct Template: Sendable {
    private let source: [UInt8]
    private let statements: [Statement]
    private let scopes: ScopeTable

    /// Compiles a template.
    ///
    /// - Throws: `ZondaError` of code `badTemplate`, with the line and the text there, for a syntax error, an unknown
    ///   filter or test, or a source beyond a limit.
    public init(parsing source: String) throws(ZondaError) {
        self.source = Lexer.normalized(source)
        do {
            guard self.source.count <= TemplateLimit.source else {
                throw Fault.limit("bytes of source", TemplateLimit.source)
            }
            var parser = Parser(tokens: try Lexer.tokens(of: self.source))
            statements = try parser.template()
            scopes = parser.scopes
        } catch let fault as Fault {
            throw fault.error(at: fault.site ?? .none, in: self.source)
        } catch {
            throw ZondaError(.badTemplate, "the chat template can't be read", cause: error)
        }
    }

    /// Renders the template.
    ///
    /// - Parameters:
    ///   - context: an object with the variables of the template: `messages`, `tools`, `add_generation_prompt`,
    ///     `bos_token`… as `ChatTemplateContext` builds it.
    ///   - now: the clock that `strftime_now` shows.
    /// - Throws: `ZondaError` of code `badTemplate`. When the template itself refused the conversation
    ///   (`raise_exception`), the fact `raised` is its message; otherwise `class` is the reference's class of error.
    public func render(context: JSONValue, now: CalendarTime = .now) throws(ZondaError) -> String {
        var renderer: Renderer?
        defer { renderer?.finish() }
        do {
            let started = try Renderer(scopes, context: context, now: now)
            renderer = started
            _ = try started.run(statements)
            return started.output
        } catch let fault as Fault {
            var error = fault.error(at: fault.site ?? renderer?.site ?? .none, in: source)
            error.facts["steps"] = renderer.map { String($0.stepCount) }
            throw error
        } catch {
            throw ZondaError(.badTemplate, "the chat template can't be rendered", cause: error)
        }
    }
}
