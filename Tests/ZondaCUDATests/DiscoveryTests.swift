import Foundation
import TestSupport
import Testing
import ZondaCore

@testable import ZondaCUDA

/// Finding libraries in folders laid out as toolkits, containers and Python environments are.
@Suite(.enabled(if: Stub.compiler != nil, Stub.missing))
struct DiscoveryTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    /// The environment of a machine whose `/` is the folder.
    func environment(_ variables: [String: String] = [:]) -> SearchEnvironment {
        SearchEnvironment(variables: variables.mapValues { $0.replacing("~", with: folder.path) }, root: folder.path)
    }

    func build(_ source: String, _ path: String, _ definitions: String...) throws {
        try Stub.build(source, "\(folder.path)/\(path)", definitions)
    }

    static let nvrtcPlaces: [(path: String, variables: [String: String], origin: LibraryOrigin)] = [
        ("own/libnvrtc.so.13", ["ZONDA_CUDA_PATH": "/nowhere:~/own"], .variable),
        ("own/lib64/libnvrtc.so.13", ["ZONDA_CUDA_PATH": "~/own"], .variable),
        ("own/nvidia/cu13/lib/libnvrtc.so.13", ["ZONDA_CUDA_PATH": "~/own"], .variable),
        ("opt/cuda/lib64/libnvrtc.so.12", ["CUDA_HOME": "~/opt/cuda"], .toolkit),
        ("opt/cuda/targets/x86_64-linux/lib/libnvrtc.so.12", ["CUDA_PATH": "~/opt/cuda"], .toolkit),
        ("usr/local/cuda/lib64/libnvrtc.so.13", [:], .toolkit),
        ("usr/local/cuda-12.8/lib64/libnvrtc.so.12", [:], .toolkit),
        ("venv/lib/python3.12/site-packages/nvidia/cu13/lib/libnvrtc.so.13", ["VIRTUAL_ENV": "~/venv"], .python),
        ("venv/lib/python3.9/site-packages/nvidia/cuda_nvrtc/lib/libnvrtc.so.12", ["CONDA_PREFIX": "~/venv"], .python),
        ("home/.local/lib/python3.11/site-packages/nvidia/cu13/lib/libnvrtc.so.13", ["HOME": "~/home"], .python),
        ("usr/local/lib/python3.11/dist-packages/nvidia/cu13/lib/libnvrtc.so.13", [:], .python),
        (
            "pyenv/versions/3.11.7/lib/python3.11/site-packages/nvidia/cu13/lib/libnvrtc.so.13",
            ["PATH": "/nowhere:~/pyenv/shims", "PYENV_VERSION": "3.11.7"], .python
        ),
        ("py/lib/python3.13/site-packages/nvidia/cu13/lib/libnvrtc.so.13", ["PATH": "~/py/bin"], .python),
    ]

    @Test(arguments: nvrtcPlaces.indices)
    func nvrtcIsFound(_ index: Int) throws {
        let place = Self.nvrtcPlaces[index]
        try build("nvrtc.c", place.path, "MAJOR=\(place.path.suffix(2))")
        for python in ["pyenv/shims/python3", "py/bin/python3"] { try folder.write(python, "#!/bin/sh\nexit 1\n") }
        let search = CUDASystem.discover(in: environment(place.variables)).nvrtc
        let found = try #require(search.found, "\(search.attempts)")
        #expect(found.path == "\(folder.path)/\(place.path)")
        #expect(found.origin == place.origin)
        #expect("\(found.version)" == "\(place.path.suffix(2)).1")
    }

    /// A link to the interpreter of another folder: the environment's own packages come first, then those behind it.
    @Test func interpreterBehindALink() throws {
        try build("nvrtc.c", "base/lib/python3.11/site-packages/nvidia/cu13/lib/libnvrtc.so.13")
        try folder.write("base/bin/python3.11", "")
        try FileManager.default.createDirectory(atPath: "\(folder.path)/env/bin", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder.path)/env/bin/python3", withDestinationPath: "\(folder.path)/base/bin/python3.11")
        let variables = ["PATH": "~/env/bin"]
        let found = CUDASystem.discover(in: environment(variables)).nvrtc.found
        #expect(found?.path.contains("/base/lib/") == true)
        try build("nvrtc.c", "env/lib/python3.11/site-packages/nvidia/cu13/lib/libnvrtc.so.13")
        #expect(CUDASystem.discover(in: environment(variables)).nvrtc.found?.path.contains("/env/lib/") == true)
    }

    /// ZONDA_CUDA_PATH, toolkit, Python: each hides those behind it.
    @Test func order() throws {
        let variables = ["ZONDA_CUDA_PATH": "~/own", "VIRTUAL_ENV": "~/venv"]
        func origin() -> LibraryOrigin? { CUDASystem.discover(in: environment(variables)).nvrtc.found?.origin }
        try build("nvrtc.c", "venv/lib/python3.11/site-packages/nvidia/cu13/lib/libnvrtc.so.13")
        #expect(origin() == .python)
        try build("nvrtc.c", "usr/local/cuda-13.0/lib64/libnvrtc.so.13")
        #expect(origin() == .toolkit)
        try build("nvrtc.c", "own/libnvrtc.so.13")
        #expect(origin() == .variable)
    }

    @Test func newestToolkitFirst() throws {
        for version in ["12.10", "12.9", "9.2"] {
            try build("nvrtc.c", "usr/local/cuda-\(version)/lib/libnvrtc.so.12", "MAJOR=12")
        }
        #expect(CUDASystem.discover(in: environment()).nvrtc.found?.path.contains("cuda-12.10") == true)
    }

    /// A driver of CUDA 12 passes over an NVRTC 13 and takes the 12 behind it.
    @Test func nvrtcThatTheDriverTakes() throws {
        try build("driver.c", "usr/local/nvidia/lib64/libcuda.so.1", "VERSION=12040")
        try build("nvrtc.c", "own/libnvrtc.so.13")
        let variables = ["ZONDA_CUDA_PATH": "~/own", "VIRTUAL_ENV": "~/venv"]
        var system = CUDASystem.discover(in: environment(variables))
        #expect(system.driver.found?.origin == .driverFolder)
        #expect(system.problem == .driverTooOldForNVRTC(LibraryVersion(13, 1), driver: LibraryVersion(12, 4)))
        #expect(system.nvrtc.attempts.contains { $0.reason == "its version 13.1 is too new for a driver of CUDA 12.4" })
        try build("nvrtc.c", "venv/lib/python3.11/site-packages/nvidia/cuda_nvrtc/lib/libnvrtc.so.12", "MAJOR=12")
        system = CUDASystem.discover(in: environment(variables))
        #expect(system.nvrtc.found?.version == LibraryVersion(12, 1))
        #expect(system.problem == nil)
        #expect(try system.select(0).gpu.name == "Stub GPU")
    }

    @Test func whatIsNoLibraryIsPassedOver() throws {
        try folder.write("own/libnvrtc.so.13", "not a library")
        try build("driver.c", "own/libnvrtc.so.12")
        let search = CUDASystem.discover(in: environment(["ZONDA_CUDA_PATH": "/nowhere:~/own"])).nvrtc
        #expect(search.found == nil)
        #expect(search.attempts.count == 3)
        #expect("\(search.attempts[0])" == "/nowhere: no such folder")
        #expect(
            search.attempts[1].reason.contains("file too short") || search.attempts[1].reason.contains("invalid ELF"))
        #expect(search.attempts[2].reason == "it has no function nvrtcVersion")
    }

    @Test func optionalLibraries() throws {
        let packages = "venv/lib/python3.11/site-packages/nvidia"
        let none = CublasLt.search(in: environment(), driver: nil)
        #expect(none.found == nil)
        try FileManager.default.createDirectory(
            atPath: "\(folder.path)/\(packages)/nccl/lib", withIntermediateDirectories: true)
        try Stub.build("others.c", "\(folder.path)/\(packages)/cu13/lib/libcublasLt.so.13")
        try Stub.build("others.c", "\(folder.path)/\(packages)/nccl/lib/libnccl.so.2")
        let variables = ["VIRTUAL_ENV": "~/venv"]
        #expect(
            "\(CublasLt.search(in: environment(variables), driver: LibraryVersion(13, 0)).found!.version)" == "13.1.2")
        #expect(CublasLt.search(in: environment(variables), driver: LibraryVersion(12, 9)).found == nil)
        #expect("\(NCCL.search(in: environment(variables)).found!.version)" == "2.28.3")
    }
}
