import Hummingbird
import Logging
import NIOCore
import Zonda
import ZondaCore
import ZondaFormats
import ZondaWire

/// What a request comes with.
struct ServerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}

/// What routes share.
struct Services: Sendable {
    let options: ServerOptions
    let pool: ModelPool
    let admission: Admission
    let metrics: ServerMetrics
    let logger: Logger

    /// The JSON of a request's body.
    ///
    /// - Throws: 413 for one that is too large, 408 for one that does not come, 400 for what is no JSON.
    func body(of request: Request, _ context: ServerContext) async throws -> JSONValue {
        let bytes = try await bytes(of: request, context.channel)
        if options.logsPrompts { logger.info("request", metadata: ["body": "\(String(buffer: bytes))"]) }
        return try bytes.withUnsafeReadableBytes { buffer throws(ZondaError) in
            try JSONValue(requestBody: Span(_unsafeBytes: buffer))
        }
    }

    private func bytes(of request: Request, _ channel: any Channel) async throws -> ByteBuffer {
        let limit = options.maxBodyByteCount
        if let length = request.headers[.contentLength].flatMap(Int.init), length > limit {
            throw WireError.tooLarge(limit)
        }
        let timeout = options.bodyTimeout
        return try await limited(channel, limit: timeout, late: .tooSlow(timeout)) {
            var bytes = ByteBuffer()
            for try await part in request.body {
                guard bytes.readableBytes + part.readableBytes <= limit else { throw WireError.tooLarge(limit) }
                bytes.writeImmutableBuffer(part)
            }
            return bytes
        }
    }
}

extension WireError {
    fileprivate static func tooLarge(_ limit: Int) -> WireError {
        WireError(
            status: 413, type: "invalid_request_error",
            message: "the request is larger than \(limit) bytes (send less, or raise --max-body)", code: "too_large")
    }

    fileprivate static func tooSlow(_ limit: Duration) -> WireError {
        WireError(
            status: 408, type: "invalid_request_error",
            message: "the request was not complete after \(limit.components.seconds) s (send it at once)",
            code: "request_timeout")
    }

    /// Any error as it is told to a client.
    init(any error: any Error) {
        switch error {
        case let error as WireError: self = error
        case let error as ZondaError: self.init(error)
        case is CancellationError:
            self.init(
                status: 503, type: "server_error", message: "the request was cancelled", code: "cancelled",
                retryAfter: 5)
        default:
            // What it says may name paths and addresses: that is for the log.
            self.init(status: 500, type: "server_error", message: "an internal error", code: "internal_error")
        }
    }
}
