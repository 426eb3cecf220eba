public import Testing
public import ZondaCore

/// Expects `body` to throw a `ZondaError` of `code` whose text contains every one of `words`.
public func expectError(
    _ code: ZondaError.Code, _ words: String..., sourceLocation: SourceLocation = #_sourceLocation,
    from body: () throws -> Void
) {
    let result = Result { try body() }
    expectFailure(result, code, words, sourceLocation)
}

/// Like `expectError(_:_:from:)`, for a `body` that takes time.
public func expectError(
    _ code: ZondaError.Code, _ words: [String], sourceLocation: SourceLocation = #_sourceLocation,
    from body: () async throws -> Void
) async {
    var result = Result<Void, any Error>.success(())
    do { try await body() } catch { result = .failure(error) }
    expectFailure(result, code, words, sourceLocation)
}

private func expectFailure(
    _ result: Result<Void, any Error>, _ code: ZondaError.Code, _ words: [String], _ sourceLocation: SourceLocation
) {
    switch result {
    case .success:
        Issue.record("nothing was thrown, expected \(code.rawValue)", sourceLocation: sourceLocation)
    case .failure(let error as ZondaError):
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
        for word in words {
            #expect("\(error)".contains(word), "\(error) does not mention \(word)", sourceLocation: sourceLocation)
        }
    case .failure(let error):
        Issue.record("\(error) is not a ZondaError", sourceLocation: sourceLocation)
    }
}
