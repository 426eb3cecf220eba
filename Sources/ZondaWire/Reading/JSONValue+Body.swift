public import ZondaCore
public import ZondaFormats

extension JSONValue {
    /// Reads the body of a request.
    ///
    /// - Throws: `badRequest` with the byte offset for bytes that are not JSON.
    public init(requestBody bytes: Span<UInt8>) throws(ZondaError) {
        do throws(ZondaError) {
            try self.init(parsing: bytes, name: "the request", maxDepth: 64)
        } catch {
            var facts = error.facts
            facts["code"] = "invalid_json"
            throw ZondaError(.badRequest, error.message, remedy: "send one JSON object", facts: facts)
        }
    }
}

extension ZondaError {
    /// A member whose type is right and that can't be served as it is.
    static func member(
        _ path: String, _ problem: String, remedy: String, code: String = "invalid_value"
    ) -> ZondaError {
        ZondaError(.badRequest, "\(path) \(problem)", remedy: remedy, facts: ["param": path, "code": code])
    }
}
