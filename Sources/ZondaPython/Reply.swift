import Glibc
import OrderedCollections
import ZondaCore
import ZondaFormats

/// Where an entry point puts the bytes that it returns: UTF-8 JSON that `zonda_bytes_free` frees.
struct Reply {
    let bytes: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    let count: UnsafeMutablePointer<Int64>

    /// What an entry point says of its reply. The numbers are in `zonda/_library.py` too.
    enum Status: Int32 {
        case failed = -1
        case ended = 0
        case value = 1
        case timedOut = 2
    }

    func set(_ value: JSONValue) -> Int32 { (write(value) ? Status.value : .failed).rawValue }

    func fail(_ error: ZondaError) -> Int32 {
        _ = write(error.json)
        return Status.failed.rawValue
    }

    /// Neither a value nor an error.
    func none(_ status: Status) -> Int32 {
        bytes.pointee = nil
        count.pointee = 0
        return status.rawValue
    }

    /// False where there is no memory for it: a failure without bytes says that.
    private func write(_ value: JSONValue) -> Bool {
        var text = value.text
        return text.withUTF8 { utf8 in
            guard let memory = malloc(max(utf8.count, 1)) else {
                _ = none(.failed)
                return false
            }
            if let source = utf8.baseAddress { memory.copyMemory(from: source, byteCount: utf8.count) }
            bytes.pointee = memory
            count.pointee = Int64(utf8.count)
            return true
        }
    }
}

extension ZondaError {
    /// `{"code", "message", "remedy", "facts"}`.
    var json: JSONValue {
        let facts = facts.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) }
        return .object([
            "code": .string(code.rawValue), "message": .string(cause.map { "\(message): \($0)" } ?? message),
            "remedy": remedy.map { .string($0) } ?? .null,
            "facts": .object(.init(uniqueKeysWithValues: facts)),
        ])
    }
}
