import HTTPTypes
import Hummingbird
import ZondaWire

/// Which route answers what, and what every request passes on its way.
enum ServerRouter {
    typealias Handler = @Sendable (Request, ServerContext) async throws -> Response

    static func make(_ services: Services) -> Router<ServerContext> {
        let router = Router(context: ServerContext.self, options: [.autoGenerateHeadEndpoints])
        let (gets, posts) = (gets(services), posts(services))
        var methods: [String: [HTTPRequest.Method]] = [:]
        for path in gets.keys { methods[path] = [.get, .head] }
        for path in posts.keys { methods[path] = [.post] }
        // The first one is the outermost. Errors of those within become responses before they are logged.
        router.middlewares.add(AccessLogMiddleware(logger: services.logger))
        router.middlewares.add(ErrorMiddleware(methods: methods))
        router.middlewares.add(LimitMiddleware(options: services.options))
        router.middlewares.add(OriginMiddleware(options: services.options))
        router.middlewares.add(KeyMiddleware(services.options.keys))
        for (path, handler) in gets { router.get(RouterPath(path), use: handler) }
        for (path, handler) in posts { router.post(RouterPath(path), use: handler) }
        return router
    }

    private static func gets(_ services: Services) -> [String: Handler] {
        let status = StatusRoutes(services: services)
        return [
            "/": PageRoute().answer, "/health": status.health, "/metrics": status.metrics,
            "/openapi.json": status.openAPI, "/v1/models": status.models, "/v1/models/**": status.model,
        ]
    }

    private static func posts(_ services: Services) -> [String: Handler] {
        let messages = MessagesRoute(services: services)
        let tokens = TokenRoutes(services: services)
        return [
            "/v1/chat/completions": ChatRoute(services: services).answer,
            "/v1/completions": CompletionRoute(services: services).answer,
            "/v1/embeddings": EmbeddingRoute(services: services).answer,
            "/v1/responses": ResponsesRoute(services: services).answer,
            "/v1/messages": messages.answer, "/v1/messages/count_tokens": messages.count,
            "/tokenize": tokens.tokenize, "/detokenize": tokens.detokenize,
        ]
    }
}
