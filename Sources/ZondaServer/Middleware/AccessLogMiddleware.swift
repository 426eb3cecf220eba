import HTTPTypes
import Hummingbird
import Logging

/// Logs a line for each request: method, path, status and time, and nothing of its headers or its body.
struct AccessLogMiddleware: RouterMiddleware {
    func handle(
        _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        let (method, path) = (request.method.rawValue, request.uri.path)
        var response = try await next(request, context)
        let status = response.status.code
        let logger = context.logger
        let log: @Sendable () -> Void = {
            let milliseconds = Int(start.duration(to: .now).inSeconds * 1000)
            let level: Logger.Level = path == "/health" || path == "/metrics" ? .debug : .info
            logger.log(level: level, "\(method) \(path.prefix(256)) \(status) \(milliseconds) ms")
        }
        // A stream takes until its last byte is written.
        guard response.body.contentLength == nil else {
            log()
            return response
        }
        let body = response.body
        response.body = ResponseBody { writer in
            defer { log() }
            try await body.write(writer)
        }
        return response
    }
}
