import Foundation
import TestSupport
import Testing
import ZondaCore

@testable import ZondaCUDA

/// Compiled kernels on disk: kept, found again, noticed when damaged, done without when they can't be kept.
@Suite(.enabled(if: Stub.compiler != nil, Stub.missing))
struct KernelCacheTests {
    let folder: TemporaryFolder
    let library: SharedLibrary
    let compiler: KernelCompiler
    let programs = (0..<6).map { KernelProgram("\($0).cu", ["scale<\($0)>"]) }

    init() throws {
        folder = try TemporaryFolder()
        let (nvrtc, library) = try Stub.nvrtc(in: folder)
        self.library = library
        var files = ["common.cuh": "// all"]
        for index in 0..<6 { files["\(index).cu"] = "kernel \(index)" }
        compiler = KernelCompiler(nvrtc, for: KernelArchitecture(86), sources: KernelSources(files: files))
    }

    var cache: KernelCache { KernelCache(folder: "\(folder.path)/a/b") }

    var compilationCount: Int32 {
        (try? library.function("stub_compilations", as: (@convention(c) () -> Int32).self))?() ?? -1
    }

    func build(cache: KernelCache? = nil, _ events: Events = Events()) throws -> [CompiledKernels] {
        try KernelBuilder(compiler, cache: cache ?? self.cache, threadCount: 3).build(programs) { events.add($0) }
    }

    @Test func keptAndFound() throws {
        let events = Events()
        let first = try build(events)
        #expect(first.map { String(decoding: $0.cubin, as: UTF8.self) } == (0..<6).map { "cubinsm_86kernel \($0)" })
        #expect(first[2].loweredNames == ["scale<2>": "_Z5scale"])
        #expect(first[2].log == "scale.cu(1): the log")
        let texts = events.texts
        #expect(texts.count == 6)
        #expect(texts.contains { $0.hasPrefix("compiling kernels 3 of 6: ") })
        #expect(try build(events) == first)
        #expect(compilationCount == 6)
        #expect(events.texts.count == 6)
        let names = try FileManager.default.contentsOfDirectory(atPath: cache.folder ?? "")
        #expect(names.count == 6 && names.allSatisfy { $0.hasSuffix(".cubin") })
    }

    @Test func checksAreRemembered() throws {
        #expect(!cache.hasPassed("a"))
        cache.notePassed("a")
        #expect(cache.hasPassed("a") && !cache.hasPassed("b"))
        #expect(!KernelCache(folder: nil).hasPassed("a"))
        KernelCache(folder: nil).notePassed("a")
        let file = try folder.write("file", "")
        KernelCache(folder: file).notePassed("a")
        #expect(!KernelCache(folder: file).hasPassed("a"))
    }

    @Test(arguments: ["cut", "empty", "flipped", "other", "longer"])
    func damage(_ kind: String) throws {
        let first = try build()
        let key = try KernelCache.key(of: programs[1], by: compiler)
        let other = try KernelCache.key(of: programs[2], by: compiler)
        let path = "\(folder.path)/a/b/\(key).cubin"
        var bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        switch kind {
        case "cut": bytes.removeLast(3)
        case "empty": bytes = []
        case "flipped": bytes[bytes.count - 2] ^= 4
        case "longer": bytes.append(0)
        default: bytes = [UInt8](try Data(contentsOf: URL(filePath: "\(folder.path)/a/b/\(other).cubin")))
        }
        try Data(bytes).write(to: URL(filePath: path))
        #expect(try build() == first)
        #expect(compilationCount == 7)
        #expect(try build() == first)
        #expect(compilationCount == 7)
    }

    /// No bytes, however they came about, are taken for another program's kernels or end the process.
    @Test func anyBytes() throws {
        let kernels = CompiledKernels(name: "a.cu", cubin: [1, 2, 3], loweredNames: ["f<1>": "_f1"], log: "log")
        let right = KernelCacheEntry.bytes(of: kernels, key: "key")
        #expect(KernelCacheEntry.kernels(in: right, key: "key") == kernels)
        #expect(KernelCacheEntry.kernels(in: right, key: "kex") == nil)
        var mutator = ByteMutator(seed: 5)
        for _ in 0..<5000 {
            let bytes = mutator.mutated(right)
            #expect(bytes == right || KernelCacheEntry.kernels(in: bytes, key: "key") == nil)
        }
    }

    /// What a program would be called if one thing about it were different.
    func key(
        _ program: KernelProgram = KernelProgram("1.cu", ["f<1>"]), for architecture: KernelArchitecture? = nil,
        by nvrtc: NVRTC? = nil, changed: [String: String] = [:]
    ) throws -> String {
        let sources = KernelSources(files: compiler.sources.files.merging(changed) { $1 })
        let other = KernelCompiler(
            nvrtc ?? compiler.nvrtc, for: architecture ?? compiler.architecture, sources: sources)
        return try KernelCache.key(of: program, by: other)
    }

    @Test func everythingThatMattersIsInTheKey() throws {
        let other = try TemporaryFolder()
        let keys = [
            try key(),
            try key(KernelProgram("1.cu", ["f<1", ">"])),
            try key(KernelProgram("1.cu", [])),
            try key(KernelProgram("1.cu", ["f<1>"], options: ["-DA"])),
            try key(KernelProgram("2.cu", ["f<1>"])),
            try key(for: KernelArchitecture(90)),
            try key(for: KernelArchitecture(90, isExact: true)),
            try key(by: try Stub.nvrtc("MAJOR=12", in: other).0),
            try key(changed: ["1.cu": "kernel 1 "]),
            try key(changed: ["common.cuh": "// other"]),
            try key(changed: ["more.h": ""]),
        ]
        #expect(Set(keys).count == keys.count)
        #expect(keys.allSatisfy { $0.count == 64 })
        #expect(try key() == keys[0])
        #expect(try key(changed: ["2.cu": "changed"]) == keys[0], "another program is of no matter")
    }

    /// Many writers and readers of the same entries: each gets whole kernels, and nothing is left behind.
    @Test func severalAtOnce() async throws {
        let (builder, programs) = (KernelBuilder(compiler, cache: cache, threadCount: 3), programs)
        try await withThrowingTaskGroup(of: [CompiledKernels].self) { group in
            for _ in 0..<8 { group.addTask { try builder.build(programs) } }
            for try await kernels in group {
                #expect(
                    kernels.map { String(decoding: $0.cubin.suffix(8), as: UTF8.self) }
                        == (0..<6).map { "kernel \($0)" })
            }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: cache.folder ?? "").count == 6)
    }

    /// A file where the folder should be: as root may write everywhere, permissions would prove nothing.
    @Test func unwritable() throws {
        try folder.write("a", "in the way")
        let events = Events()
        #expect(try build(events).count == 6)
        let complaints = events.texts.filter { !$0.hasPrefix("compiling") }
        #expect(complaints.count == 1)
        #expect(complaints[0].contains("can't be kept in \(folder.path)/a/b"))
        #expect(complaints[0].contains("set ZONDA_CACHE"))
        let homeless = Events()
        #expect(try build(cache: KernelCache(folder: nil), homeless).count == 6)
        #expect(homeless.texts.filter { $0.contains("HOME is not set") }.count == 1)
    }

    @Test func folders() {
        func folder(_ variables: [String: String]) -> String? {
            KernelCache(in: SearchEnvironment(variables: variables, root: "")).folder
        }
        #expect(folder(["HOME": "/h"]) == "/h/.cache/zonda/kernels")
        #expect(folder(["HOME": "/h", "XDG_CACHE_HOME": "/x"]) == "/x/zonda/kernels")
        #expect(folder(["HOME": "/h", "XDG_CACHE_HOME": "/x", "ZONDA_CACHE": "/z"]) == "/z/kernels")
        #expect(folder(["HOME": ""]) == nil)
    }

    /// The others are compiled and kept all the same.
    @Test func oneThatDoesNotCompile() throws {
        let sources = KernelSources(files: compiler.sources.files.merging(["1.cu": "#error"]) { $1 })
        let bad = KernelCompiler(compiler.nvrtc, for: compiler.architecture, sources: sources)
        let builder = KernelBuilder(bad, cache: cache)
        expectError(.badKernel, "NVRTC 13.1 does not compile 1.cu for sm_86", "the log") {
            _ = try builder.build(programs)
        }
        #expect(cache.load(try KernelCache.key(of: programs[5], by: bad)) != nil)
        expectError(.internalFault, "no kernel file none.cu", "0.cu, 1.cu") {
            _ = try builder.build([KernelProgram("none.cu")])
        }
    }
}
