import CZondaCUDA
import Synchronization
import TestSupport
import Testing
import ZondaCore
import ZondaDevice

@testable import ZondaCUDA

/// The wrappers against a driver that counts: what is made is destroyed, arguments arrive, failures have names.
@Suite(.enabled(if: Stub.compiler != nil, Stub.missing))
struct DriverTests {
    let folder: TemporaryFolder
    let stub: StubDriver
    let context: CUDAContext
    init() throws {
        folder = try TemporaryFolder()
        stub = try Stub.driver(in: folder)
        context = try stub.context()
    }

    func scale() throws -> CUDAFunction {
        let kernels = CompiledKernels(
            name: "scale.cu", cubin: Array("cubin".utf8), loweredNames: ["scale<float>": "_Z5scale"], log: "")
        return try CUDAModule(kernels, in: context).function("scale<float>")
    }

    @Test func everythingIsFreed() throws {
        let before = stub.liveCount
        let file = UnsafeMutableRawBufferPointer.allocate(byteCount: 100, alignment: 16)
        defer { file.deallocate() }
        do {
            let buffer = try DeviceBuffer(byteCount: 1000, for: "a test", in: context)
            let memory = try DeviceMemory.allocate(byteCount: 24, for: "a test", in: context)
            let pinned = try PinnedBuffer(byteCount: 16, isWriteOnly: true, in: context)
            let range = try PinnedRange(UnsafeRawBufferPointer(file), isReadOnly: true, in: context)
            let stream = try CUDAStream(priority: -1, in: context)
            let event = try CUDAEvent(in: context)
            let graph = try stream.record {}
            #expect(stub.usedByteCount == 1024)
            // Buffer, memory, pinned, range, stream, event, executable graph, module.
            let scale = try scale()
            #expect(stub.liveCount == before + 8)
            withExtendedLifetime((memory, scale)) {}
            #expect(buffer.byteCount + pinned.bytes.count == 1016)
            try graph.launch(on: stream)
            try event.record(on: stream)
            _ = consume range
        }
        #expect(stub.liveCount == before)
        #expect(stub.usedByteCount == 0)
    }

    @Test func bytesMove() throws {
        let stream = try CUDAStream(in: context)
        let a = try DeviceBuffer(byteCount: 64, for: "a", in: context)
        let b = try DeviceBuffer(byteCount: 64, for: "b", in: context)
        try stream.fill(a.address, byteCount: 64, with: 7)
        try stream.fill(a.address + 8, count: 2, with: 0x0102_0304)
        let pinned = try PinnedBuffer(byteCount: 4, in: context)
        pinned.bytes.copyBytes(from: [9, 8, 7, 6])
        try stream.copy(UnsafeRawBufferPointer(pinned.bytes), to: a.address)
        try stream.copy(from: a.address, to: b.address, byteCount: 64)
        var result = [UInt8](repeating: 0, count: 20)
        try result.withUnsafeMutableBytes { try stream.copy(from: b.address, to: $0) }
        try stream.synchronize()
        #expect(result == [9, 8, 7, 6, 7, 7, 7, 7, 4, 3, 2, 1, 4, 3, 2, 1, 7, 7, 7, 7])
    }

    @Test func launch() throws {
        let stream = try CUDAStream(in: context)
        let function = try scale()
        var values: [Float] = [1, 2, 3]
        let buffer = try DeviceBuffer(byteCount: 12, for: "values", in: context)
        try values.withUnsafeBytes { try stream.copy($0, to: buffer.address) }
        let arguments = KernelArguments(buffer.address, Float(2.5), Int32(3))
        try function.launch(
            LaunchShape(grid: .init(5), block: .init(128), overlapsPrevious: true, cluster: .init(2)), on: stream,
            arguments)
        #expect(stub.lastGrid == 5)
        #expect(stub.lastAttributeCount == 2)
        try values.withUnsafeMutableBytes { try stream.copy(from: buffer.address, to: $0) }
        #expect(values == [2.5, 5, 7.5])
        try function.launch(LaunchShape(grid: .init(0), block: .init(128)), on: stream, arguments)
        #expect(stub.lastGrid == 5)
        #expect(try function.blocksPerMultiprocessor(threadCount: 256) == 8)
        expectError(
            .deviceFailed, "launching scale<float> with 1x2x1 blocks of 2048x1x1 threads, 64 bytes shared",
            "cuLaunchKernelEx failed with CUDA_ERROR_INVALID_VALUE (1): a stub's words"
        ) {
            try function.launch(
                LaunchShape(grid: .init(1, 2), block: .init(2048), sharedByteCount: 64), on: stream, arguments)
        }
    }

    @Test func sharedMemory() throws {
        let function = try scale()
        try function.allowDynamicShared(byteCount: 60_000)
        expectError(.unsupported, "scale<float> needs 65536 bytes", "Stub GPU has 64512") {
            try function.allowDynamicShared(byteCount: 65_536)
        }
    }

    @Test func modulesThatDoNotLoad() throws {
        let bad = CompiledKernels(name: "x.cu", cubin: Array("other".utf8), loweredNames: [:], log: "")
        expectError(.deviceFailed, "loading x.cu on cuda:0", "(200)") { _ = try CUDAModule(bad, in: context) }
        let empty = CompiledKernels(name: "x.cu", cubin: [], loweredNames: [:], log: "")
        expectError(.deviceFailed, "(200)") { _ = try CUDAModule(empty, in: context) }
        let module = try scale().module
        expectError(.internalFault, "scale.cu has no kernel f<1>", "compiled were: scale<float>") {
            _ = try module.function("f<1>")
        }
    }

    @Test func outOfMemory() throws {
        let first = try DeviceBuffer(byteCount: 60 << 20, for: "weights", in: context)
        do {
            _ = try DeviceBuffer(byteCount: 8 << 20, for: "keys and values", in: context)
            Issue.record("nothing was thrown")
        } catch {
            #expect(error.code == .outOfMemory)
            #expect(error.message == "keys and values needs 8388608 bytes and 4194304 are free on cuda:0, Stub GPU")
            #expect(error.facts == ["needed": "8388608", "available": "4194304", "device": "cuda:0"])
        }
        #expect(first.byteCount == 60 << 20)
    }

    @Test func streamsAndEvents() throws {
        let stream = try CUDAStream(in: context)
        #expect(try !stream.isIdle())
        let start = try CUDAEvent(isTimed: true, in: context)
        let end = try CUDAEvent(isTimed: true, in: context)
        try start.record(on: stream)
        try end.record(on: stream)
        try stream.wait(for: end)
        #expect(try end.isDone())
        #expect(try end.seconds(since: start) == 0.0025)
        let called = Mutex(false)
        try stream.whenReached { called.withLock { $0 = true } }
        #expect(called.withLock { $0 })
    }

    @Test func recording() throws {
        let stream = try CUDAStream(in: context)
        let buffer = try DeviceBuffer(byteCount: 4, for: "a test", in: context)
        let graph = try stream.record { () throws(ZondaError) in
            for _ in 0..<3 { try stream.fill(buffer.address, byteCount: 4, with: 1) }
        }
        try graph.launch(on: stream)
        #expect(stub.lastGrid == 1003)
        let before = stub.liveCount
        expectError(.deviceFailed, "cuStreamSynchronize failed with unknown error (900)") {
            _ = try stream.record { () throws(ZondaError) in try stream.synchronize() }
        }
        #expect(stub.liveCount == before)
        try stream.synchronize()
    }
}
