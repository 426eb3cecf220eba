import Foundation
import TestSupport
import Testing

@testable import ZondaCUDA

/// Libraries that play NVIDIA's, built for one test.
enum Stub {
    /// The C compiler of this machine. Swift needs one itself, so it is there.
    static let compiler = ["cc", "clang", "gcc"].lazy.compactMap(find).first
    static let missing: Comment = "no C compiler in PATH"

    /// Builds `Stubs/<source>` as `path`.
    static func build(_ source: String, _ path: String, _ definitions: [String] = []) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Stubs")
        try FileManager.default.createDirectory(
            at: URL(filePath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
        let process = Process()
        process.executableURL = URL(filePath: try #require(compiler))
        process.arguments =
            ["-shared", "-fPIC", "-w", "-o", path, folder.appending(path: source).path] + definitions.map { "-D\($0)" }
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(source) does not compile")
    }

    /// A driver in a folder of its own, with what it counts.
    static func driver(_ definitions: String..., in folder: TemporaryFolder) throws -> StubDriver {
        let path = "\(folder.path)/libcuda.so.1"
        try build("driver.c", path, definitions)
        return try StubDriver(SharedLibrary(path))
    }

    static func nvrtc(_ definitions: String..., in folder: TemporaryFolder) throws -> (NVRTC, SharedLibrary) {
        let path = "\(folder.path)/libnvrtc.so.13"
        try build("nvrtc.c", path, definitions)
        let library = try SharedLibrary(path)
        return (try NVRTC(library), library)
    }

    private static func find(_ name: String) -> String? {
        let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
        return folders.lazy.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}

struct StubDriver {
    let library: SharedLibrary
    let driver: CUDADriver

    init(_ library: SharedLibrary) throws {
        self.library = library
        driver = try CUDADriver(library)
    }

    func context() throws -> CUDAContext { try CUDAContext(try GPU(0, driver), driver) }

    /// Objects that were made and not destroyed.
    var liveCount: Int32 { count("stub_live") }
    var usedByteCount: Int {
        (try? library.function("stub_used", as: (@convention(c) () -> Int).self))?() ?? -1
    }
    var lastGrid: Int32 { count("stub_last_grid") }
    var lastAttributeCount: Int32 { count("stub_last_attributes") }

    private func count(_ name: String) -> Int32 {
        (try? library.function(name, as: (@convention(c) () -> Int32).self))?() ?? -1
    }
}
