import OrderedCollections
import Zonda
import ZondaCore
import ZondaFormats

/// What a request has to say, before anybody takes it.
enum Event: Sendable {
    case json(JSONValue)
    /// How far a task is, in bytes.
    case progress(task: String, done: Int, total: Int)
    case loaded(LoadedRunner)
    case floats(FloatBuffer, usage: JSONValue)

    /// The event as Python reads it. Handles are made here, when somebody takes them: what nobody takes is freed with its
    /// request.
    func taken() -> JSONValue {
        switch self {
        case .json(let value): value
        case .progress(let task, let done, let total):
            .object([
                "event": "progress", "task": .string(task), "done": .integer(done), "total": .integer(total),
            ])
        case .loaded(let loaded):
            .object([
                "event": "loaded", "runner": .integer(Int(Handles.runners.add(loaded))),
                "model": loaded.runner.model.json,
            ])
        case .floats(let buffer, let usage):
            .object([
                "event": "floats", "shape": .array(buffer.shape.map { .integer($0) }),
                "buffer": .integer(Int(Handles.floats.add(buffer))), "usage": usage,
            ])
        }
    }

    /// Whether `newer` makes this event worthless: the same task, further on.
    func isReplaced(by newer: Event) -> Bool {
        guard case .progress(let task, _, _) = self, case .progress(let newTask, _, _) = newer else { return false }
        return task == newTask
    }
}
