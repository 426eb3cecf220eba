import Glibc
import Zonda
import ZondaCore
import ZondaFormats

// The functions that the Python package calls through ctypes. They take and give UTF-8 JSON, name objects by handles, and
// may be called from any thread. None of them waits, but for `zonda_request_next`, as long as it is told; none calls back.
// Replies are freed by `zonda_bytes_free`. Statuses are those of `Reply.Status`.

/// Raised with each change that Python's files have to know.
private let version: Int32 = 1

/// The version of this interface, which must be the one that the Python files are written for.
@c(zonda_interface_version)
public func interfaceVersion() -> Int32 { version }

/// Answers a question at once: `{"method", "runner", "body"}`.
@c(zonda_call)
public func call(
    _ request: UnsafeRawPointer?, _ count: Int64, _ bytes: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
    _ byteCount: UnsafeMutablePointer<Int64>
) -> Int32 {
    let reply = Reply(bytes: bytes, count: byteCount)
    do throws(ZondaError) {
        return reply.set(try Call(parsing: request, count).answer())
    } catch {
        return reply.fail(error)
    }
}

/// Starts what takes time: `{"method", "runner", "body"}`. The reply is empty but for an error.
///
/// - Returns: the request's handle, or 0 for a failure.
@c(zonda_request_start)
public func requestStart(
    _ request: UnsafeRawPointer?, _ count: Int64, _ bytes: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
    _ byteCount: UnsafeMutablePointer<Int64>
) -> Int64 {
    let reply = Reply(bytes: bytes, count: byteCount)
    do throws(ZondaError) {
        let handle = Handles.requests.add(try Call(parsing: request, count).start())
        _ = reply.none(.ended)
        return handle
    } catch {
        _ = reply.fail(error)
        return 0
    }
}

/// The next event of a request: `value`, `failed` with why, `ended`, or `timedOut` after `milliseconds` without one.
@c(zonda_request_next)
public func requestNext(
    _ handle: Int64, _ milliseconds: Int32, _ bytes: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
    _ byteCount: UnsafeMutablePointer<Int64>
) -> Int32 {
    let reply = Reply(bytes: bytes, count: byteCount)
    do throws(ZondaError) {
        switch try Handles.requests.object(handle).events.take(waiting: .milliseconds(milliseconds)) {
        case .event(let event): return reply.set(event.taken())
        case .failed(let error): return reply.fail(error)
        case .ended: return reply.none(.ended)
        case .timedOut: return reply.none(.timedOut)
        }
    } catch {
        return reply.fail(error)
    }
}

/// A file descriptor that is readable while `zonda_request_next` would not wait; -1 when there is none to have. It is closed
/// with the request.
@c(zonda_request_descriptor)
public func requestDescriptor(_ handle: Int64) -> Int32 {
    do throws(ZondaError) {
        return try Handles.requests.object(handle).events.descriptor()
    } catch {
        return -1
    }
}

/// Ends a request, which then fails with `cancelled`; one that is over stays as it is.
@c(zonda_request_cancel)
public func requestCancel(_ handle: Int64) {
    do throws(ZondaError) {
        try Handles.requests.object(handle).cancel()
    } catch {}
}

/// Ends a request and forgets it, with all that nobody took from it.
@c(zonda_request_free)
public func requestFree(_ handle: Int64) { Handles.requests.remove(handle)?.cancel() }

/// Ends all requests of a runner, and releases its model.
@c(zonda_runner_free)
public func runnerFree(_ handle: Int64) { Handles.runners.remove(handle)?.runner.shutDown() }

/// The values of a buffer, which stay there until it is freed; nil for no such buffer.
@c(zonda_floats_address)
public func floatsAddress(_ handle: Int64) -> UnsafeMutablePointer<Float>? {
    do throws(ZondaError) {
        return try Handles.floats.object(handle).address
    } catch {
        return nil
    }
}

@c(zonda_floats_free)
public func floatsFree(_ handle: Int64) { _ = Handles.floats.remove(handle) }

@c(zonda_bytes_free)
public func bytesFree(_ bytes: UnsafeMutableRawPointer?) { free(bytes) }
