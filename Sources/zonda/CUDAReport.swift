import OrderedCollections
import Zonda
import ZondaCore
import ZondaFormats

/// The part of `zonda doctor` about GPUs, for a person and for a program.
struct CUDAReport {
    let info: CUDAInfo

    /// Lines with the names in a column of 13 characters, as the rest of the report has them.
    var text: String {
        var lines = [row("cuda", summary)]
        for library in info.libraries { lines += describe(library) }
        for device in info.devices {
            let free = device.freeByteCount.map { "\(ByteCount.text($0)) free of " } ?? ""
            let problem = device.problem.map { "; can't be used: \($0)" } ?? ""
            let memory = free + ByteCount.text(device.memoryByteCount)
            lines.append(row("  \(device.id)", "\(device.name), \(device.architecture), \(memory)\(problem)"))
        }
        if let visible = info.visibleDevices {
            lines.append(row("  visible", "CUDA_VISIBLE_DEVICES=\"\(visible)\": the driver hides other GPUs"))
        }
        lines.append(row("  kernels", info.kernelCache ?? "not kept: set ZONDA_CACHE or HOME"))
        return lines.joined(separator: "\n")
    }

    private var summary: String {
        if let problem = info.problem {
            // What installs a missing library stands in that library's own line.
            let remedy = info.libraries.contains { $0.path == nil && $0.isRequired } ? nil : problem.remedy
            return "no GPU can be used: \(problem.message)" + (remedy.map { " (\($0))" } ?? "")
        }
        let usable = info.devices.filter { $0.problem == nil }.map(\.id)
        return usable.isEmpty
            ? "no GPU can be used"
            : "\(usable.joined(separator: ", ")) ready"
    }

    private func describe(_ library: CUDAInfo.Library) -> [String] {
        let name = "  \(library.title)"
        if let version = library.version, let path = library.path {
            return [row(name, "\(version), \(path) (\(library.origin ?? ""))")]
        }
        let need = library.isRequired ? "not found" : "not found, used when it is there"
        let attempts = library.isRequired ? library.attempts.map { row("", "looked at \($0)") } : []
        return [row(name, "\(need): \(library.installation)")] + attempts
    }

    private func row(_ name: String, _ text: String) -> String {
        name + String(repeating: " ", count: max(1, 13 - name.count)) + text
    }

    var json: JSONValue {
        .object([
            "libraries": .array(info.libraries.map(json)),
            "devices": .array(info.devices.map(json)),
            "visibleDevices": info.visibleDevices.map { .string($0) } ?? .null,
            "problem": json(info.problem),
            "kernelCache": info.kernelCache.map { .string($0) } ?? .null,
        ])
    }

    private func json(_ library: CUDAInfo.Library) -> JSONValue {
        .object([
            "name": .string(library.title),
            "required": .bool(library.isRequired),
            "version": library.version.map { .string($0) } ?? .null,
            "path": library.path.map { .string($0) } ?? .null,
            "origin": library.origin.map { .string($0) } ?? .null,
            "attempts": .array(library.attempts.map { .string($0) }),
            "installation": .string(library.installation),
        ])
    }

    private func json(_ device: CUDAInfo.Device) -> JSONValue {
        .object([
            "id": .string(device.id),
            "name": .string(device.name),
            "architecture": .string(device.architecture),
            "memoryByteCount": .integer(device.memoryByteCount),
            "freeByteCount": device.freeByteCount.map { .integer($0) } ?? .null,
            "problem": json(device.problem),
        ])
    }

    private func json(_ error: ZondaError?) -> JSONValue {
        guard let error else { return .null }
        return .object([
            "code": .string(error.code.rawValue),
            "message": .string(error.message),
            "remedy": error.remedy.map { .string($0) } ?? .null,
        ])
    }
}
