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
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    ],
    targets: [
        .executableTarget(
            name: "zonda-cli",
            dependencies: [
                "Zonda", "ZondaModels", "ZondaDevice", "ZondaTokenizer", "ZondaFormats", argumentParser,
                orderedCollections,
            ],
            path: "Sources/zonda",
            swiftSettings: settings),
        library(
            "Zonda",
            [
                "ZondaModels", "ZondaCUDA", "ZondaCPU", "ZondaDevice", "ZondaTokenizer", "ZondaScheduling",
                "ZondaFormats",
                "ZondaCore",
                orderedCollections, logging,
            ]),
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
        tests("ZondaTests", ["ModelSupport", "Zonda", "ZondaCPU", "ZondaDevice", "ZondaFormats", "ZondaCore"]),
        // The command is built before its tests run it.
        tests("CommandTests", ["zonda-cli", "Zonda", "ZondaFormats", "ZondaCore"]),
    ],
    cLanguageStandard: .gnu2x,
    cxxLanguageStandard: .cxx20
)
