import CZondaCUDA
import ZondaCore

/// One compilation; destroyed with the value.
struct NVRTCProgram: ~Copyable {
    private let name: String
    private let nvrtc: NVRTC
    private let handle: zonda_nvrtc_program

    init(_ text: String, name: String, headers: [(name: String, text: String)], nvrtc: NVRTC) throws(ZondaError) {
        var handle: zonda_nvrtc_program?
        let result = withCStrings(headers.map(\.text)) { texts in
            withCStrings(headers.map(\.name)) { names in
                nvrtc.functions.nvrtcCreateProgram(&handle, text, name, Int32(headers.count), texts, names)
            }
        }
        try nvrtc.check(result, "nvrtcCreateProgram", name)
        guard let handle else { throw ZondaError(.badKernel, "nvrtcCreateProgram gave nothing for \(name)") }
        self.name = name
        self.nvrtc = nvrtc
        self.handle = handle
    }

    deinit {
        var handle: zonda_nvrtc_program? = handle
        _ = nvrtc.functions.nvrtcDestroyProgram(&handle)
    }

    func add(_ expression: String) throws(ZondaError) {
        try nvrtc.check(
            nvrtc.functions.nvrtcAddNameExpression(handle, expression), "nvrtcAddNameExpression",
            "\(expression) of \(name)")
    }

    func compile(_ options: [String], for architecture: KernelArchitecture) throws(ZondaError) {
        let result = withCStrings(options) {
            nvrtc.functions.nvrtcCompileProgram(handle, Int32(options.count), $0)
        }
        // The log also says which option was wrong.
        guard result != ZONDA_NVRTC_ERROR_COMPILATION, result != ZONDA_NVRTC_ERROR_INVALID_OPTION else {
            throw ZondaError(
                .badKernel, "NVRTC \(nvrtc.version) does not compile \(name) for \(architecture):\n\(try log())",
                remedy: "please report it", facts: ["kernel": name, "architecture": "\(architecture)"])
        }
        try nvrtc.check(result, "nvrtcCompileProgram", "\(name) for \(architecture)")
    }

    func loweredName(_ expression: String) throws(ZondaError) -> String {
        var lowered: UnsafePointer<CChar>?
        try nvrtc.check(
            nvrtc.functions.nvrtcGetLoweredName(handle, expression, &lowered), "nvrtcGetLoweredName",
            "\(expression) of \(name)")
        return lowered.map { String(cString: $0) } ?? expression
    }

    func log() throws(ZondaError) -> String {
        var count = 0
        try nvrtc.check(nvrtc.functions.nvrtcGetProgramLogSize(handle, &count), "nvrtcGetProgramLogSize", name)
        var bytes = [CChar](repeating: 0, count: count + 1)
        try nvrtc.check(nvrtc.functions.nvrtcGetProgramLog(handle, &bytes), "nvrtcGetProgramLog", name)
        return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func cubin() throws(ZondaError) -> [UInt8] {
        var count = 0
        try nvrtc.check(nvrtc.functions.nvrtcGetCUBINSize(handle, &count), "nvrtcGetCUBINSize", name)
        var bytes = [CChar](repeating: 0, count: count)
        try nvrtc.check(nvrtc.functions.nvrtcGetCUBIN(handle, &bytes), "nvrtcGetCUBIN", name)
        return bytes.map { UInt8(bitPattern: $0) }
    }
}

/// Calls `body` with the texts as an array of C strings, which are gone when it returns.
private func withCStrings<Result>(
    _ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>>?) -> Result
) -> Result {
    let joined = texts.map { Array($0.utf8CString) }
    let offsets = joined.reduce(into: [0]) { $0.append($0.last! + $1.count) }
    return Array(joined.joined()).withUnsafeBufferPointer { characters in
        guard let base = characters.baseAddress else { return body(nil) }
        return offsets.dropLast().map { base + $0 }.withUnsafeBufferPointer { body($0.baseAddress) }
    }
}
