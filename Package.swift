// swift-tools-version: 6.2
import PackageDescription

// Targets are dependency boundaries; arrows only point down. Two of them are the seams that everything else rests on:
// ZondaScheduling cannot see ZondaDevice, and ZondaModels cannot see any one device. CI enforces both.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableExperimentalFeature("Lifetimes"),
]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let orderedCollections: Target.Dependency = .product(name: "OrderedCollections", package: "swift-collections")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let httpClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let nio: [Target.Dependency] = ["NIOCore", "NIOPosix", "NIOHTTP1"].map { .product(name: $0, package: "swift-nio") }
let httpServer: [Target.Dependency] = [
    .product(name: "Hummingbird", package: "hummingbird"), .product(name: "HTTPTypes", package: "swift-http-types"),
    .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
]

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: ["TestSupport", orderedCollections] + dependencies, swiftSettings: settings)
}

let package = Package(
    name: "zonda",
    platforms: [.macOS(.v26)],
    products: [
        .library(name: "Zonda", targets: ["Zonda"]),
        .executable(name: "zonda", targets: ["zonda-cli"]),
        // What the Python package loads.
        .library(name: "ZondaPython", type: .dynamic, targets: ["ZondaPython"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    ],
    targets: [
        .executableTarget(
            name: "zonda-cli",
            dependencies: [
                "ZondaServer", "ZondaWire", "Zonda", "ZondaHub", "ZondaModels", "ZondaDevice", "ZondaTokenizer",
                "ZondaFormats", "ZondaCore", argumentParser, orderedCollections, logging, httpClient,
            ] + nio,
            path: "Sources/zonda",
            swiftSettings: settings),
        .target(
            name: "ZondaPython",
            dependencies: ["ZondaWire", "Zonda", "ZondaHub", "ZondaFormats", "ZondaCore", orderedCollections],
            swiftSettings: settings),
        library(
            "ZondaServer",
            ["ZondaWire", "Zonda", "ZondaFormats", "ZondaCore", "CZondaPage", orderedCollections, logging, crypto]
                + nio + httpServer),
        .target(name: "CZondaPage", exclude: ["Page"]),
        library("ZondaWire", ["Zonda", "ZondaFormats", "ZondaCore", orderedCollections]),
        library(
            "Zonda",
            [
                "ZondaHub", "ZondaGrammar", "ZondaModels", "ZondaCUDA", "ZondaCPU", "ZondaDevice", "ZondaTokenizer",
                "ZondaScheduling",
                "ZondaFormats",
                "ZondaCore",
                orderedCollections, logging,
            ]),
        library("ZondaHub", ["ZondaFormats", "ZondaCore", orderedCollections, logging, crypto, httpClient] + nio),
        library("ZondaGrammar", ["ZondaFormats", "ZondaCore", orderedCollections]),
        library("ZondaModels", ["ZondaDevice", "ZondaFormats", "ZondaCore", orderedCollections]),
        library("ZondaCPU", ["ZondaDevice", "ZondaFormats", "ZondaCore", "CZondaSIMD", "CZondaBlocks"]),
        library("ZondaCUDA", ["ZondaDevice", "ZondaCore", "CZondaCUDA", "CZondaKernels", "CZondaBlocks"]),
        library("ZondaDevice", ["ZondaCore"]),
        library("ZondaTokenizer", ["ZondaFormats", "ZondaCore", "CZondaUnicode", orderedCollections]),
        library("ZondaFormats", ["ZondaCore", "CZondaBlocks", orderedCollections]),
        library("ZondaScheduling", ["ZondaCore"]),
        library("ZondaCore", []),
        .target(name: "CZondaUnicode", exclude: ["generate.py", "normalization.bin"]),
        .target(name: "CZondaBlocks"),
        .target(name: "CZondaSIMD", dependencies: ["CZondaBlocks"]),
        .target(name: "CZondaCUDA", linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
        .target(name: "CZondaKernels", exclude: ["Kernels"]),
        // The GPU kernels as C++, and the emulator that runs them on the CPU behind the CUDA driver's own functions. Headers
        // by their folders: as dependencies they would come as modules, which C++20 can't read here.
        .target(
            name: "EmulatedKernels", path: "Tests/EmulatedKernels",
            cxxSettings: [
                .headerSearchPath("."), .headerSearchPath("../../Sources/CZondaKernels/Kernels"),
                .headerSearchPath("../../Sources/CZondaKernels/include"),
                .headerSearchPath("../../Sources/CZondaCUDA/include"), .define("ZONDA_EMULATOR"),
            ]),
        .target(
            name: "TestSupport", dependencies: ["ZondaFormats", "ZondaCore"], path: "Tests/TestSupport",
            swiftSettings: settings),
        .target(
            name: "ModelSupport",
            dependencies: ["TestSupport", "ZondaModels", "ZondaDevice", "ZondaFormats", "ZondaCore"],
            path: "Tests/ModelSupport", swiftSettings: settings),
        // What every device must do, for the suites that bring devices.
        .target(
            name: "DeviceConformance", dependencies: ["ZondaCPU", "ZondaDevice", "ZondaCore"],
            path: "Tests/DeviceConformance", swiftSettings: settings),
        tests("ZondaCoreTests", ["ZondaCore"]),
        tests("ZondaFormatsTests", ["ZondaFormats", "ZondaCore"]),
        tests("ZondaSchedulingTests", ["ZondaScheduling", "ZondaCore"]),
        tests("ZondaDeviceTests", ["ZondaDevice", "ZondaCore"]),
        tests("ZondaTokenizerTests", ["ZondaTokenizer", "ZondaFormats", "ZondaCore"]),
        tests("ZondaCPUTests", ["ZondaCPU", "ZondaDevice", "CZondaSIMD", "CZondaBlocks", "ZondaFormats", "ZondaCore"]),
        tests(
            "KernelTests",
            [
                "ModelSupport", "DeviceConformance", "EmulatedKernels", "Zonda", "ZondaModels", "ZondaCUDA", "ZondaCPU",
                "ZondaScheduling", "CZondaCUDA", "CZondaKernels", "CZondaBlocks", "ZondaFormats", "ZondaDevice",
                "ZondaCore",
            ]),
        .testTarget(
            name: "ZondaCUDATests",
            dependencies: ["ZondaCUDA", "ZondaDevice", "ZondaCore", "CZondaCUDA", "TestSupport"], exclude: ["Stubs"],
            swiftSettings: settings),
        tests("ConformanceTests", ["DeviceConformance", "ZondaCPU", "ZondaDevice", "ZondaFormats", "ZondaCore"]),
        tests(
            "ZondaModelsTests",
            ["ModelSupport", "ZondaModels", "ZondaCPU", "ZondaDevice", "ZondaFormats", "ZondaCore"]),
        tests("ZondaGrammarTests", ["ZondaGrammar", "ZondaTokenizer", "ZondaFormats", "ZondaCore"]),
        tests(
            "ZondaHubTests",
            ["zonda-cli", "Zonda", "ZondaHub", "ZondaFormats", "ZondaCore", crypto, httpClient] + nio),
        tests("ZondaWireTests", ["ZondaWire", "Zonda", "ZondaFormats", "ZondaCore"]),
        tests(
            "ZondaServerTests",
            ["ModelSupport", "ZondaServer", "ZondaWire", "Zonda", "ZondaFormats", "ZondaCore", httpClient] + nio
                + httpServer),
        tests(
            "ZondaTests",
            [
                "ModelSupport", "Zonda", "ZondaCPU", "ZondaDevice", "ZondaTokenizer", "ZondaGrammar", "ZondaFormats",
                "ZondaCore",
            ]),
        // The command is built before its tests run it.
        tests("CommandTests", ["zonda-cli", "Zonda", "ZondaFormats", "ZondaCore"]),
    ],
    cLanguageStandard: .gnu2x,
    cxxLanguageStandard: .cxx20
)
