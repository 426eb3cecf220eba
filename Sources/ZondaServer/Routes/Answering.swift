import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Zonda
import ZondaCore
import ZondaFormats
import ZondaWire

/// A request that is being answered: its model, its place among the others, and what is noted of it.
///
/// The lease and the ticket go with the last copy: when the answer is written, or nobody waits for it any more.
struct Answering: Sendable {
    let services: Services
    let channel: any Channel
    let lease: ModelLease
    let ticket: AdmissionTicket
    let start = ContinuousClock.now

    var runner: Runner { lease.runner }
    var model: String { lease.name }
    var options: ServerOptions { services.options }

    /// Stands for the model and the engine that answer: equal seeds give equal answers where it is equal.
    var fingerprint: String { "fp_\(zondaVersion)_\(runner.model.architecture)_\(runner.model.parameterCount)" }

    /// Lets a request in and loads its model, while watching whether the client is still there.
    static func begin(
        _ services: Services, _ context: ServerContext, model: String, streams: Bool
    ) async throws -> Answering {
        let ticket = try services.admission.enter(streams: streams)
        let lease = try await attended(context.channel, limit: services.options.requestTimeout) {
            try await services.pool.lease(model)
        }
        return Answering(services: services, channel: context.channel, lease: lease, ticket: ticket)
    }

    /// The answer of a request that is not streamed.
    func whole(_ make: @escaping @Sendable () async throws -> JSONValue) async throws -> Response {
        let json = try await attended(channel, limit: options.requestTimeout, make)
        if options.logsPrompts { services.logger.info("answer", metadata: ["body": "\(json.text)"]) }
        return .json(json)
    }

    /// The answer of a request that is streamed; `make` holds on to this value until the end of the answer.
    func stream(
        keepAlive: String = ServerSentEvent.comment("keep-alive"),
        _ make: @escaping @Sendable (EventStream.Sink) async throws -> Void,
        failed: @escaping @Sendable (WireError) -> [String]
    ) async throws -> Response {
        let stream = EventStream(channel, options, keepAlive: keepAlive, make, failed: failed)
        return try await stream.response()
    }

    func note(_ usage: Usage, _ reasons: [FinishReason]) { services.metrics.note(model, usage, reasons, since: start) }

    static var now: Int { Int(Date().timeIntervalSince1970) }
}

/// Follows the chunks of a stream for the metrics.
struct StreamNotes {
    private var reasons: [FinishReason] = []

    mutating func add(_ reasons: [FinishReason?], _ usage: Usage?, _ answering: Answering) {
        self.reasons += reasons.compactMap { $0 }
        if let usage { answering.note(usage, self.reasons) }
    }
}
