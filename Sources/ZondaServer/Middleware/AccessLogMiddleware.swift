import HTTPTypes
import Hummingbird
import Logging
import ZondaCore

/// Logs a line for each request: method, path, status and time, and nothing of its headers or its body.
struct AccessLogMiddleware: RouterMiddleware {
    let logger: Logger

    func handle(
        _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        let (method, path) = (request.method.rawValue, request.uri.path)
        let log: @Sendable (String) -> Void = { outcome in
            let milliseconds = Int(start.duration(to: .now).seconds * 1000)
            let level: Logger.Level = path == "/health" || path == "/metrics" ? .debug : .info
            logger.log(level: level, "\(method) \(path.prefix(256)) \(outcome) \(milliseconds) ms")
        }
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            log("client gone")
            throw error
        }
        let status = response.status.code
        // A stream takes until its last byte is written.
        guard response.body.contentLength == nil else {
            log("\(status)")
            return response
        }
        let body = response.body
        response.body = ResponseBody { writer in
            do {
                try await body.write(writer)
                log("\(status)")
            } catch {
                log("\(status) cut off")
                throw error
            }
        }
        return response
    }
}
