import CZondaCUDA
import CZondaKernels
import EmulatedKernels
import ZondaCUDA
import ZondaCore

/// A device with a stream, and kernels that take words and give words.
final class Bench {
    let context: CUDAContext
    let stream: CUDAStream
    private let nvrtc: NVRTC
    private var modules: [String: CUDAModule] = [:]

    init(_ player: Player) throws {
        let (driver, nvrtc, gpu) = try player.open()
        self.nvrtc = nvrtc
        context = try CUDAContext(gpu, driver)
        stream = try CUDAStream(in: context)
    }

    /// 90 for sm_90.
    var architecture: Int { context.gpu.capability.number }

    /// A kernel of a file; of one that is not embedded when it is the emulator's own.
    func function(_ kernel: String, in file: String) throws(ZondaError) -> CUDAFunction {
        if let module = modules[kernel] { return try module.function(kernel) }
        let architecture = try KernelArchitecture(for: context.gpu.capability, supported: nvrtc.architectures)
        var sources = KernelSources.embedded
        if sources.files[file] == nil { sources = KernelSources(files: [file: ""]) }
        let compiler = KernelCompiler(nvrtc, for: architecture, sources: sources)
        let module = try CUDAModule(try compiler.compile(KernelProgram(file, [kernel])), in: context)
        modules[kernel] = module
        return try module.function(kernel)
    }

    /// One launch, waited for by nobody.
    func launch<Arguments: BitwiseCopyable>(
        _ kernel: String, in file: String, grid: LaunchShape.Extent, threads: Int, shared: Int = 0,
        _ arguments: Arguments
    ) throws {
        let shape = LaunchShape(
            grid: grid, block: .init(threads), sharedByteCount: shared, overlapsPrevious: true)
        let function = try function(kernel, in: file)
        if shared > 48 << 10 { try function.allowDynamicShared(byteCount: shared) }
        try function.launch(shape, on: stream, KernelArguments(arguments))
    }

    func buffer(_ words: [UInt32]) throws -> DeviceBuffer {
        let buffer = try DeviceBuffer(byteCount: words.count * 4, for: "a test", in: context)
        let address = buffer.address
        try words.withUnsafeBytes { bytes in try upload(bytes, to: address) }
        return buffer
    }

    func emptyBuffer(wordCount: Int) throws -> DeviceBuffer {
        try DeviceBuffer(byteCount: wordCount * 4, for: "a test", in: context)
    }

    func words(of buffer: borrowing DeviceBuffer, count: Int) throws -> [UInt32] {
        var words = [UInt32](repeating: 0, count: count)
        let address = buffer.address
        try words.withUnsafeMutableBytes { bytes in try download(address, to: bytes) }
        try stream.synchronize()
        return words
    }

    // Not in the closures themselves: Swift 6.3.1 crashes when it inlines one that borrows the stream.
    @inline(never) private func upload(_ bytes: UnsafeRawBufferPointer, to address: UInt64) throws {
        try stream.copy(bytes, to: address)
    }
    @inline(never) private func download(_ address: UInt64, to bytes: UnsafeMutableRawBufferPointer) throws {
        try stream.copy(from: address, to: bytes)
    }

    /// Runs one self test and returns what it wrote.
    func run(
        _ kernel: String, in file: String, input: [UInt32], outputCount: Int, count: Int = 0, blocks: Int = 1,
        threads: Int = 32, shared: Int = 0, initial: [UInt32]? = nil, launches: Int = 1
    ) throws -> [UInt32] {
        let function = try function(kernel, in: file)
        let input = try buffer(input)
        let output =
            if let initial { try buffer(initial) } else { try emptyBuffer(wordCount: outputCount) }
        let arguments = zonda_selftest_arguments(
            input: input.address, output: output.address, count: Int32(count))
        for launch in 0..<launches {
            let shape = LaunchShape(
                grid: .init(blocks), block: .init(threads), sharedByteCount: shared, overlapsPrevious: launch > 0)
            try function.launch(shape, on: stream, KernelArguments(arguments))
        }
        return try words(of: output, count: outputCount)
    }
}

/// Values that are the same in every run.
struct Random: RandomNumberGenerator {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }

    mutating func words(_ count: Int) -> [UInt32] { (0..<count).map { _ in UInt32(truncatingIfNeeded: next() >> 16) } }

    /// Uniform in a range.
    mutating func floats(_ count: Int, in range: ClosedRange<Float> = -4...4) -> [Float] {
        (0..<count).map { _ in Float.random(in: range, using: &self) }
    }
}

extension [UInt32] {
    /// Row `index` of rows of `count` words.
    func row(_ index: Int, of count: Int) -> [UInt32] { Array(self[index * count..<(index + 1) * count]) }
    var floats: [Float] { map(Float.init(bitPattern:)) }
}
extension [Float] {
    var words: [UInt32] { map(\.bitPattern) }
}
