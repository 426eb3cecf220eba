public import Testing
public import ZondaCore

/// Expects `body` to throw a `ZondaError` of `code` whose text contains every one of `words`.
public func expectError(
    _ code: ZondaError.Code, _ words: String..., sourceLocation: SourceLocation = #_sourceLocation,
    from body: () throws -> Void
) {
    do {
        try body()
        Issue.record("nothing was thrown, expected \(code.rawValue)", sourceLocation: sourceLocation)
    } catch let error as ZondaError {
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
        for word in words {
            #expect("\(error)".contains(word), "\(error) does not mention \(word)", sourceLocation: sourceLocation)
        }
    } catch {
        Issue.record("\(error) is not a ZondaError", sourceLocation: sourceLocation)
    }
}
