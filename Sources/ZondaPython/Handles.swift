import Synchronization
import ZondaCore

/// Objects that Python holds by number. A number is never used twice, so one that was freed names nothing.
final class HandleTable<Object: Sendable>: Sendable {
    /// What the objects are, for messages: "runner".
    private let kind: String
    private let objects = Mutex<[Int64: Object]>([:])

    init(_ kind: String) { self.kind = kind }

    func add(_ object: Object) -> Int64 {
        let handle = Handles.next()
        objects.withLock { $0[handle] = object }
        return handle
    }

    /// - Throws: `badRequest` for a handle that was freed or never given out.
    func object(_ handle: Int64) throws(ZondaError) -> Object {
        guard let object = objects.withLock({ $0[handle] }) else {
            throw ZondaError(
                .badRequest, "there is no \(kind) \(handle): it was closed", remedy: "make a new one",
                facts: ["handle": "\(handle)"])
        }
        return object
    }

    /// The object, which the table no longer holds.
    func remove(_ handle: Int64) -> Object? { objects.withLock { $0.removeValue(forKey: handle) } }

    var count: Int { objects.withLock { $0.count } }
}

/// Everything that Python holds.
enum Handles {
    static let runners = HandleTable<LoadedRunner>("runner")
    static let requests = HandleTable<Request>("request")
    static let floats = HandleTable<FloatBuffer>("buffer")

    private static let last = Atomic<Int64>(0)

    /// A number that names nothing yet; 0 never names anything.
    static func next() -> Int64 { last.wrappingAdd(1, ordering: .relaxed).newValue }
}
