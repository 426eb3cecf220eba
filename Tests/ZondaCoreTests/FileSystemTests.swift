import Glibc
import TestSupport
import Testing
import ZondaCore

@Suite struct FileSystemTests {
    @Test func whatLiesWhere() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("b/file.txt", "some text\n")
        try folder.write("a", "")
        #expect(FileSystem.kind(of: folder.path) == .folder)
        #expect(FileSystem.isFolder("\(folder.path)/b") && !FileSystem.isFile("\(folder.path)/b"))
        #expect(FileSystem.isFile(file) && !FileSystem.isFolder(file))
        #expect(FileSystem.kind(of: "\(folder.path)/c") == nil)
        #expect(FileSystem.kind(of: "/dev/null") == nil)
        #expect(FileSystem.names(in: folder.path) == ["a", "b"])
        #expect(FileSystem.names(in: "\(folder.path)/c").isEmpty)
        #expect(FileSystem.resolved("\(folder.path)/b/../a") == FileSystem.resolved("\(folder.path)/a"))
        #expect(FileSystem.resolved("\(folder.path)/c") == nil)
    }

    @Test func filesBelowAFolder() throws {
        let folder = try TemporaryFolder()
        for path in ["b", "a/x", "a/b/y", "a/b/c/z"] { try folder.write(path, "") }
        for (name, target) in [("away", "a"), ("gone", "nowhere"), ("same", "b")] {
            #expect(symlink(target, "\(folder.path)/\(name)") == 0)
        }
        func files(_ maxDepth: Int, follows: Bool) -> [String] {
            FileSystem.files(below: folder.path, maxDepth: maxDepth, followsLinks: follows)
        }
        #expect(files(9, follows: false) == ["a/b/c/z", "a/b/y", "a/x", "away", "b", "gone", "same"])
        #expect(files(1, follows: false) == ["a/x", "away", "b", "gone", "same"])
        #expect(files(1, follows: true) == ["a/x", "away/x", "b", "gone", "same"])
        #expect(FileSystem.files(below: "\(folder.path)/none", maxDepth: 9, followsLinks: true).isEmpty)
    }

    @Test func smallFilesOnly() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("file", "some text\n")
        #expect(FileSystem.text(of: file, cap: 10) == "some text\n")
        #expect(FileSystem.text(of: file, cap: 9) == nil)
        #expect(FileSystem.bytes(of: file, cap: 10)?.count == 10)
        #expect(FileSystem.bytes(of: folder.path, cap: 1 << 20) == nil)
        #expect(FileSystem.text(of: try folder.write("empty", ""), cap: 10) == nil)
        #expect(FileSystem.text(of: try folder.write("latin", [0xE9, 0x20]), cap: 10) == nil)
        #expect(FileSystem.text(of: "\(folder.path)/none", cap: 10) == nil)
    }

    @Test func filesAppearWhole() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/deep/er/file"
        try FileSystem.makeFolders("\(folder.path)/deep/er")
        try FileSystem.makeFolders("\(folder.path)/deep/er")
        try FileSystem.replace(path, with: [1, 2, 3])
        try FileSystem.replace(path, with: [4])
        #expect(FileSystem.bytes(of: path, cap: 10) == [4])
        #expect(FileSystem.names(in: "\(folder.path)/deep/er") == ["file"])
    }

    /// The reason names the call, the path and what the system said.
    @Test func failuresSayWhy() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("file", "text")
        let inFile = #expect(throws: FileSystem.Failure.self) { try FileSystem.makeFolders("\(file)/below") }
        #expect(inFile?.reason == "mkdir \(file)/below: Not a directory")
        let isFile = #expect(throws: FileSystem.Failure.self) { try FileSystem.makeFolders(file) }
        #expect(isFile?.reason == "mkdir \(file): Not a directory")
        let nowhere = #expect(throws: FileSystem.Failure.self) { try FileSystem.replace("\(file)/x", with: [1]) }
        #expect(nowhere?.reason.hasPrefix("open \(file)/x.") == true)
        #expect(nowhere?.reason.hasSuffix(": Not a directory") == true)
        #expect(FileSystem.names(in: folder.path) == ["file"])
    }
}
