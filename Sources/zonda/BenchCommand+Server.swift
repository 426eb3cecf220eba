import OrderedCollections
import Zonda

/// `zonda bench --server`.
extension BenchCommand {
    func benchServer(at url: String, _ concurrencies: [Int]) async throws {
        let client = try ServerBenchClient(
            url, apiKey: serverOptions.key, timeout: serverOptions.timeout, connections: concurrencies.max() ?? 1)
        let results: [ServerBenchResult]
        do {
            results = try await drive(client, concurrencies)
        } catch {
            try? await client.shutDown()
            throw error
        }
        try await client.shutDown()
        if let plot { try BarChart(results).write(to: plot) }
        let failedCount = results.reduce(0) { $0 + $1.failedCount }
        if results.allSatisfy({ $0.completedCount == 0 }) {
            throw ZondaError(
                .badRequest, "all \(failedCount) requests failed", remedy: "the messages above say why")
        }
    }

    private func drive(_ client: ServerBenchClient, _ concurrencies: [Int]) async throws -> [ServerBenchResult] {
        let first = try await client.firstModel()
        guard let model = serverOptions.modelName ?? first else {
            throw ZondaError(
                .badRequest, "\(client.baseURL) does not say which models it has", remedy: "name one with --model")
        }
        let bench = ServerBench(
            client: client, model: model, prompt: prompt, generate: generate, options: serverOptions)
        try await bench.warmUp()
        if !json { Terminal.error("\(model) at \(client.baseURL)") }
        var results: [ServerBenchResult] = []
        for concurrency in concurrencies {
            let result = try await bench.run(concurrency: concurrency)
            if !json { show(result, isFirst: results.isEmpty) }
            results.append(result)
        }
        if json { Terminal.answer(report(results, model, client).text + "\n") }
        return results
    }

    private func show(_ result: ServerBenchResult, isFirst: Bool) {
        Terminal.answer((isFirst ? ServerBenchResult.heading + "\n" : "") + result.row + "\n")
        for (message, count) in result.failures { Terminal.error("\(count) failed: \(message)") }
        if !result.isCountedByServer {
            Terminal.error("The server does not count tokens: parts of the streams with text are counted.")
        }
    }

    private func report(_ results: [ServerBenchResult], _ model: String, _ client: ServerBenchClient) -> JSONValue {
        .object([
            "server": .string(client.baseURL), "model": .string(model), "version": .string(zondaVersion),
            "prompt": .integer(prompt), "generate": .integer(generate),
            "sharedPrefix": .integer(serverOptions.sharedPrefix),
            "maxTimeToFirstToken": .number(serverOptions.maxTimeToFirstToken * 1e-3),
            "maxTimePerToken": .number(serverOptions.maxTimePerToken * 1e-3),
            "results": .array(results.map(\.json)),
        ])
    }
}
