import Foundation
import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
import ServiceLifecycle
import Synchronization
public import Zonda
public import ZondaCore
import ZondaWire

/// An HTTP server with OpenAI's API, and Anthropic's, over models.
///
/// ```swift
/// let server = try ModelServer([ServedModel(name: "qwen3") { try await Runner(which: which) }])
/// try await server.run { address in print("http://\(address)") }
/// ```
/// It listens before models are loaded; requests wait for them. `stop()` ends it from any task.
public final class ModelServer: Sendable {
    private let options: ServerOptions
    private let services: Services
    private let logger: Logger
    private let stops: AsyncStream<Void>
    private let stopContinuation: AsyncStream<Void>.Continuation

    /// - Throws: `badRequest` for no model, two of one name, or options that make no sense.
    public init(
        _ models: [ServedModel], options: ServerOptions = ServerOptions(), logger: Logger = Logger(label: "zonda")
    ) throws(ZondaError) {
        guard !models.isEmpty else {
            throw ZondaError(.badRequest, "a server of no model", remedy: "name at least one")
        }
        if let twice = Dictionary(grouping: models, by: \.name).first(where: { $1.count > 1 })?.key {
            throw ZondaError(
                .badRequest, "two models are called \(twice)", remedy: "give each its own name, as NAME=PATH")
        }
        if let key = options.keys.firstIndex(where: { $0.isEmpty }) {
            throw ZondaError(.badRequest, "key \(key) is empty", remedy: "leave it out, or write one")
        }
        self.options = options
        self.logger = logger
        services = Services(
            options: options,
            pool: ModelPool(
                models, maxQueueCount: options.maxQueueCount, created: Int(Date().timeIntervalSince1970)),
            admission: Admission(maxStreamCount: options.maxStreamCount), metrics: ServerMetrics(), logger: logger)
        (stops, stopContinuation) = AsyncStream.makeStream()
    }

    /// What runs now; for tests and those who embed the server.
    public var requestCount: Int { services.admission.requestCount }

    /// Listens, loads the first model unless models are loaded lazily, and serves until `stop()`.
    ///
    /// - Parameters:
    ///   - listening: called with the port once connections are taken.
    ///   - ready: called with the first model once it is loaded.
    /// - Throws: `inputOutput` when the port can't be listened at, and what loading the first model throws.
    public func run(
        listening: @escaping @Sendable (_ port: Int) -> Void = { _ in },
        ready: @escaping @Sendable (ModelInfo?) -> Void = { _ in }
    ) async throws {
        let (port, bound) = AsyncStream<Int>.makeStream()
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(
                        service: application { bound.yield($0) }, successTerminationBehavior: .gracefullyShutdownGroup)
                ], logger: quietLogger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                do { try await group.run() } catch { throw self.listenError(error) }
            }
            tasks.addTask {
                guard let port = await port.first(where: { _ in true }) else { return }
                listening(port)
                ready(try await self.loadFirst())
                try await self.unloadIdle()
            }
            tasks.addTask {
                for await _ in self.stops {}
                try Task.checkCancellation()
                await self.drain()
                await group.triggerGracefulShutdown()
                // Connections that do not end by themselves.
                try await Task.sleep(for: Self.closingTime)
            }
            defer { tasks.cancelAll() }
            // The server ends first when it was stopped in good order; the first error ends everything.
            try await tasks.next()
        }
    }

    /// Refuses new requests, lets those that run end within `drainTimeout`, and then ends `run`.
    public func stop() {
        services.admission.drain()
        stopContinuation.finish()
    }

    private func drain() async {
        logger.info("stopping: \(services.admission.requestCount) requests run")
        let limit = options.drainTimeout
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.services.admission.waitUntilIdle() }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            services.admission.stopWaiting()
            group.cancelAll()
        }
        let left = services.admission.requestCount
        if left > 0 { logger.warning("\(left) requests were cut off after \(limit.components.seconds) s") }
    }

    /// For connections to close once nothing is answered any more.
    private static let closingTime = Duration.seconds(2)

    private func loadFirst() async throws -> ModelInfo? {
        guard !options.isLazy else { return nil }
        return try await services.pool.lease("default", queues: false).runner.model
    }

    private func unloadIdle() async throws {
        while true {
            try await Task.sleep(for: .seconds(1))
            guard let limit = options.idleUnload else { continue }
            for name in services.pool.unload(idleFor: limit) { logger.info("unloaded \(name)") }
        }
    }

    private func application(_ listening: @escaping @Sendable (Int) -> Void) -> some Service {
        var http = HTTP1Channel.Configuration(
            additionalChannelHandlers: [InboundCloseHandler()],
            idleTimeout: .nanoseconds(Int64(options.idleTimeout.seconds * 1e9)))
        // Above the limits that requests are told of, and far below what would hurt.
        http.httpDecoder.maxHeaderFieldCount = options.maxHeaderCount * 2 + 16
        http.httpDecoder.maxHeaderListSize = options.maxHeaderByteCount * 2 + 4096
        http.httpDecoder.maxHeaderFieldSize = options.maxHeaderByteCount * 2 + 4096
        return Application(
            router: ServerRouter.make(services), server: .http1(configuration: http),
            configuration: ApplicationConfiguration(
                address: .hostname(options.host, port: options.port), serverName: "zonda",
                availableConnectionsDelegate: .maximum(options.maxConnectionCount, logger: quietLogger)),
            onServerRunning: { channel in listening(channel.localAddress?.port ?? 0) }, logger: quietLogger)
    }

    /// Of the libraries beneath: what they say of every connection is for debugging.
    private var quietLogger: Logger {
        var logger = logger
        if logger.logLevel == .info { logger.logLevel = .notice }
        return logger
    }

    private func listenError(_ error: any Error) -> any Error {
        guard let error = error as? IOError else { return error }
        let address = "\(options.host):\(options.port)"
        let remedy =
            error.errnoCode == EADDRINUSE
            ? "stop what listens there, or choose another with --port; 0 for any" : "choose another --host or --port"
        return ZondaError(
            .inputOutput, "can't listen at \(address)", remedy: remedy, facts: ["address": address], cause: error)
    }
}
