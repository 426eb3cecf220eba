import ZondaCore

/// Where pip puts NVIDIA's wheels: `nvidia/*/lib` in the folder of packages of a Python environment.
///
/// Python is not run: starting it would take longer than everything else that happens here.
extension SearchEnvironment {
    /// The library folders of the environments that a person would expect, the most particular one first.
    var pythonFolders: [String] {
        var seen: Set<String> = []
        return pythonPrefixes.filter { seen.insert($0).inserted }.flatMap { prefix in
            packageFolders(in: prefix).flatMap(wheelFolders(in:))
        }
    }

    /// `nvidia/*/lib` in a folder of packages. Wheels of CUDA 13 share `nvidia/cu13/lib`, those of 12 have one each.
    func wheelFolders(in packages: String) -> [String] {
        FileSystem.names(in: "\(packages)/nvidia").map { "\(packages)/nvidia/\($0)/lib" }.filter(FileSystem.isFolder)
    }

    private var pythonPrefixes: [String] {
        let active = ["VIRTUAL_ENV", "CONDA_PREFIX"].compactMap(value)
        let user = value("PYTHONUSERBASE") ?? value("HOME").map { "\($0)/.local" }
        return active + interpreterPrefixes + [user].compactMap { $0 } + ["/usr/local", "/usr"].map { root + $0 }
    }

    /// The prefixes of the first `python3` in `PATH`: of its virtual environment, then of the Python behind it.
    private var interpreterPrefixes: [String] {
        let folders = (value("PATH") ?? "").split(separator: ":").map(String.init)
        guard let bin = folders.first(where: { FileSystem.isFile("\($0)/python3") }) else { return [] }
        // pyenv puts scripts into PATH that choose the interpreter when they run.
        if bin.hasSuffix("/shims") { return pyenvPrefix(of: parent(of: bin)).map { [$0] } ?? [] }
        let resolved = FileSystem.resolved("\(bin)/python3").map { parent(of: parent(of: $0)) }
        return [parent(of: bin)] + [resolved].compactMap { $0 }
    }

    private func pyenvPrefix(of pyenv: String) -> String? {
        let chosen = value("PYENV_VERSION") ?? FileSystem.text(of: "\(pyenv)/version", cap: 4096)
        return chosen?.split(whereSeparator: { $0.isWhitespace || $0 == ":" }).first.map { "\(pyenv)/versions/\($0)" }
    }

    private func packageFolders(in prefix: String) -> [String] {
        ["lib", "lib64"].flatMap { lib in
            FileSystem.names(in: "\(prefix)/\(lib)").filter { $0.hasPrefix("python3") }.reversed().flatMap { python in
                // Debian's own Python calls it dist-packages.
                ["site-packages", "dist-packages"].map { "\(prefix)/\(lib)/\(python)/\($0)" }
            }
        }.filter(FileSystem.isFolder)
    }

    private func parent(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }
}
