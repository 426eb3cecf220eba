import Foundation
import TestSupport
import Testing

@testable import ZondaCUDA

/// The real NVRTC: where `make test` puts it by pip, or else wherever Zonda itself would find it.
enum Toolchain {
    static let nvrtc: NVRTC? = {
        var environment = SearchEnvironment.process
        if environment.value("ZONDA_CUDA_PATH") == nil {
            environment.variables["ZONDA_CUDA_PATH"] = "\(Golden.root)/.build-cuda"
        }
        return LibrarySearch<NVRTC>.run(in: environment.places(for: .nvrtc)).found?.library
    }()

    static let missing: Comment = "NVRTC is not there: run `make test`, or name its folder in ZONDA_CUDA_PATH"
}
