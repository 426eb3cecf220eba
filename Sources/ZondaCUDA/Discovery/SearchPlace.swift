import ZondaCore

/// One folder where libraries are looked for, or the loader's own search.
struct SearchPlace: Hashable, Sendable {
    /// Nil: what the loader finds by name.
    var folder: String?
    var origin: LibraryOrigin
}

/// Which rule found a library.
public enum LibraryOrigin: String, Sendable, Codable {
    /// `ZONDA_CUDA_PATH`.
    case variable
    /// `CUDA_HOME`, `CUDA_PATH` or `/usr/local/cuda*`.
    case toolkit
    /// `LD_LIBRARY_PATH` or the loader's cache.
    case loader
    /// Where drivers are put in containers and in WSL, outside the loader's path.
    case driverFolder
    /// Wheels that pip installed.
    case python

    /// As a person says it.
    public var title: String {
        switch self {
        case .variable: "ZONDA_CUDA_PATH"
        case .toolkit: "CUDA toolkit"
        case .loader: "loader path"
        case .driverFolder: "driver folder"
        case .python: "Python packages"
        }
    }
}

extension SearchEnvironment {
    /// Where a library is looked for, in order. Only folders that exist, but for those that a variable names: that such a
    /// one is missing is worth saying.
    func places(for kind: LibraryKind) -> [SearchPlace] {
        var places = variableFolders.map { SearchPlace(folder: $0, origin: .variable) }
        // A toolkit has no driver, only a stub to link against.
        if kind != .driver { places += toolkitFolders.map { SearchPlace(folder: $0, origin: .toolkit) } }
        if usesLoaderPath { places.append(SearchPlace(folder: nil, origin: .loader)) }
        if kind == .driver {
            let folders = ["/usr/local/nvidia/lib64", "/usr/lib/wsl/lib"].map { root + $0 }
            places += folders.filter(FileSystem.isFolder).map { SearchPlace(folder: $0, origin: .driverFolder) }
        } else {
            places += pythonFolders.map { SearchPlace(folder: $0, origin: .python) }
        }
        return places
    }

    /// `ZONDA_CUDA_PATH`: a folder of libraries, of a toolkit, or of Python packages; several with colons between.
    private var variableFolders: [String] {
        (value("ZONDA_CUDA_PATH") ?? "").split(separator: ":").map(String.init).flatMap { folder in
            [folder] + libraryFolders(ofToolkit: folder) + wheelFolders(in: folder)
        }
    }

    private var toolkitFolders: [String] {
        let named = ["CUDA_HOME", "CUDA_PATH"].compactMap(value)
        let local = "\(root)/usr/local"
        // cuda is a link to the one that the machine's owner chose; the others newest first.
        let versions = FileSystem.names(in: local).filter { $0.hasPrefix("cuda-") }
            .sorted { LibraryVersion(folderName: $0) > LibraryVersion(folderName: $1) }
        return (named + (["cuda"] + versions).map { "\(local)/\($0)" }).flatMap(libraryFolders(ofToolkit:))
    }

    private func libraryFolders(ofToolkit toolkit: String) -> [String] {
        ["lib64", "lib", "targets/x86_64-linux/lib", "targets/sbsa-linux/lib"].map { "\(toolkit)/\($0)" }
            .filter(FileSystem.isFolder)
    }
}

extension LibraryVersion {
    /// "cuda-12.8"; what can't be read is 0.
    fileprivate init(folderName: String) {
        let numbers = folderName.drop { $0 != "-" }.dropFirst().split(separator: ".").map { Int($0) ?? 0 }
        self.init(numbers.first ?? 0, numbers.dropFirst().first ?? 0)
    }
}
