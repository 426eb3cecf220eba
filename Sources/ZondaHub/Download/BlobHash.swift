import Crypto
import ZondaCore

/// Sums up a blob's bytes as they come.
struct BlobHash {
    private enum Function {
        case sha256(SHA256)
        /// What git names its objects by; nothing here rests on it being hard to forge.
        case sha1(Insecure.SHA1)
    }

    private var function: Function

    init(_ file: HubFile) {
        switch file.digest {
        case .sha256: function = .sha256(SHA256())
        case .gitSHA1:
            var sha1 = Insecure.SHA1()
            sha1.update(data: Array("blob \(file.byteCount)\0".utf8))
            function = .sha1(sha1)
        }
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        switch function {
        case .sha256(var sha256):
            sha256.update(bufferPointer: bytes)
            function = .sha256(sha256)
        case .sha1(var sha1):
            sha1.update(bufferPointer: bytes)
            function = .sha1(sha1)
        }
    }

    /// In lower-case hexadecimal.
    var digest: String {
        switch function {
        case .sha256(let sha256): sha256.finalize().hexadecimal
        case .sha1(let sha1): sha1.finalize().hexadecimal
        }
    }
}
