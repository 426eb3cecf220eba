import NIOCore
import Synchronization

/// Notices that a client is gone, also while nothing is written to it.
///
/// A client that closes its side of the connection counts as gone: nobody reads what would still be written. `Sendable`:
/// its state is behind a mutex, and it forwards every event as it is.
final class InboundCloseHandler: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = Never

    private struct State {
        var isClosed = false
        var nextID = 0
        var actions: [Int: @Sendable () -> Void] = [:]
    }

    private let state = Mutex(State())

    /// Calls `action` once when the client is gone, at once if it is.
    ///
    /// - Returns: what `forget` takes.
    func onClose(_ action: @escaping @Sendable () -> Void) -> Int {
        let id = state.withLock { state -> Int? in
            guard !state.isClosed else { return nil }
            state.nextID += 1
            state.actions[state.nextID] = action
            return state.nextID
        }
        if id == nil { action() }
        return id ?? 0
    }

    func forget(_ id: Int) { state.withLock { _ = $0.actions.removeValue(forKey: id) } }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { close() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        close()
        context.fireChannelInactive()
    }

    private func close() {
        let actions = state.withLock { state in
            state.isClosed = true
            defer { state.actions = [:] }
            return state.actions.values.map { $0 }
        }
        for action in actions { action() }
    }
}

/// The client closed the connection before its answer was complete.
struct ClientGone: Error {}
