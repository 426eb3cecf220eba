public import ZondaCore
public import ZondaFormats

extension Grammar {
    /// The texts that llama.cpp's GBNF derives from its rule `root`.
    /// - Throws: `ZondaError` of code `badRequest` with line and column.
    public init(gbnf: String) throws(ZondaError) { throw ZondaError(.unsupported, "GBNF is not there yet") }
    /// The texts that `regex` matches as a whole.
    /// - Throws: `ZondaError` of code `badRequest` with the position.
    public init(regex: String) throws(ZondaError) { throw ZondaError(.unsupported, "regex is not there yet") }
    /// The JSON texts that a schema (draft 2020-12) accepts.
    /// - Throws: `ZondaError` of code `badRequest` that names the keyword and its JSON pointer.
    public init(jsonSchema: JSONValue) throws(ZondaError) { throw ZondaError(.unsupported, "schemas are not there yet") }
    /// Any JSON object.
    public static let jsonObject = Grammar(root: .nothing)
}
