import Glibc

/// What decides where libraries are looked for.
///
/// ```swift
/// CUDASystem.discover()                                        // this process
/// CUDASystem.discover(in: SearchEnvironment(variables: ["HOME": "/tmp/a"], root: "/tmp/b"))   // a test
/// ```
public struct SearchEnvironment: Sendable {
    /// Environment variables.
    public var variables: [String: String]
    /// What is put before `/usr/local` and the other folders that no variable names; empty on a real machine.
    public var root: String
    /// Whether the loader's own search (`LD_LIBRARY_PATH`, its cache) is asked.
    public var usesLoaderPath: Bool

    public init(variables: [String: String], root: String, usesLoaderPath: Bool = false) {
        self.variables = variables
        self.root = root
        self.usesLoaderPath = usesLoaderPath
    }

    /// This process's variables and the machine's folders.
    public static var process: SearchEnvironment {
        var variables: [String: String] = [:]
        for name in names {
            if let value = getenv(name) { variables[name] = String(cString: value) }
        }
        return SearchEnvironment(variables: variables, root: "", usesLoaderPath: true)
    }

    private static let names = [
        "ZONDA_CUDA_PATH", "ZONDA_CACHE", "CUDA_HOME", "CUDA_PATH", "CUDA_VISIBLE_DEVICES", "VIRTUAL_ENV",
        "CONDA_PREFIX", "PYTHONUSERBASE", "PYENV_VERSION", "PATH", "HOME", "XDG_CACHE_HOME",
    ]

    /// A variable that is set and not empty.
    func value(_ name: String) -> String? {
        variables[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}
