import CZondaCUDA
public import ZondaCore

/// A recording of a stream's work, submitted as a whole: one call for a step of hundreds of kernels.
///
/// It holds addresses and arguments as they were when recorded. Everything that it touches must outlive it.
/// `Sendable`: the driver takes calls from any thread; one graph runs once at a time, in stream order.
public struct CUDAGraph: ~Copyable, Sendable {
    private let context: CUDAContext
    private nonisolated(unsafe) let handle: zonda_cu_graph_exec

    fileprivate init(_ graph: zonda_cu_graph, in context: CUDAContext) throws(ZondaError) {
        var handle: zonda_cu_graph_exec?
        try context.driver.check(
            context.driver.functions.cuGraphInstantiateWithFlags(&handle, graph, 0), "cuGraphInstantiateWithFlags")
        guard let handle else { throw context.driver.gaveNothing("cuGraphInstantiateWithFlags") }
        self.context = context
        self.handle = handle
    }

    deinit {
        let handle = handle
        context.release { _ = $0.functions.cuGraphExecDestroy(handle) }
    }

    /// Submits all that was recorded.
    public func launch(on stream: borrowing CUDAStream) throws(ZondaError) {
        try context.driver.check(context.driver.functions.cuGraphLaunch(handle, stream.handle), "cuGraphLaunch")
    }
}

extension CUDAStream {
    /// Records what `body` submits to this stream, and to streams that it makes wait for this one, without running it.
    ///
    /// Nothing may be allocated, freed or waited for by the host in `body`: the driver refuses that on this thread, and
    /// the recording fails.
    /// - Throws: what `body` throws, or `deviceFailed` when the driver would not record.
    public func record(_ body: () throws(ZondaError) -> Void) throws(ZondaError) -> CUDAGraph {
        let driver = context.driver
        try driver.check(
            driver.functions.cuStreamBeginCapture(handle, ZONDA_CU_CAPTURE_THREAD_LOCAL), "cuStreamBeginCapture")
        var failure: ZondaError?
        do throws(ZondaError) { try body() } catch { failure = error }
        // Also after a failure: a stream that is still recording can't be used for anything else.
        var graph: zonda_cu_graph?
        let result = driver.functions.cuStreamEndCapture(handle, &graph)
        defer { if let graph { _ = driver.functions.cuGraphDestroy(graph) } }
        if let failure { throw failure }
        try driver.check(result, "cuStreamEndCapture")
        guard let graph else { throw driver.gaveNothing("cuStreamEndCapture") }
        return try CUDAGraph(graph, in: context)
    }
}
