// swift-tools-version: 6.1
import PackageDescription

/// A module in `Packages/NAME/Sources/NAME`. The manifests in `Packages` build one module alone;
/// this one names the same targets by path, because a package that others depend on by version
/// cannot itself depend on packages by path.
func module(_ name: String, in package: String? = nil, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Packages/\(package ?? name)/Sources/\(name)")
}

/// The tests of a module, in `Packages/NAME/Tests/NAMETests`.
func tests(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.init(stringLiteral: name)] + dependencies,
        path: "Packages/\(name)/Tests/\(name)Tests", resources: resources)
}

let package = Package(
    name: "nnkit",
    products: [
        .library(name: "NNCore", targets: ["NNCore"]),
        .library(name: "NNLayers", targets: ["NNLayers"]),
        .library(name: "NNTesting", targets: ["NNTesting"]),
        .library(name: "Backbones", targets: ["Backbones"]),
        .library(name: "Heads", targets: ["Heads"]),
        .library(name: "Losses", targets: ["Losses"]),
        .library(name: "Datasets", targets: ["Datasets"]),
        .library(name: "Weights", targets: ["Weights"]),
        .library(name: "Training", targets: ["Training"]),
        .library(name: "CommandLine", targets: ["CommandLine"]),
        .executable(name: "nn", targets: ["nn"]),
        .library(name: "OneDNN", targets: ["OneDNN"]),
        .library(name: "ONNX", targets: ["ONNX"]),
        .library(name: "Keras", targets: ["Keras"]),
    ],
    traits: [
        .default(enabledTraits: ["OneDNN", "Keras", "ONNX"]),
        .trait(name: "OneDNN", description: "Let nn calculate with oneDNN, the fast backend, where it is installed."),
        .trait(name: "Keras", description: "Let nn read weights of Keras from HDF5 files (Debian: libhdf5-dev)."),
        .trait(name: "ONNX", description: "Let nn export networks as ONNX files (by swift-protobuf)."),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-protobuf.git", from: "1.39.0"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
    ],
    targets: [
        .target(
            name: "CKernels", path: "Packages/NNCore/Sources/CKernels",
            linkerSettings: [.linkedLibrary("gomp", .when(platforms: [.linux]))]),
        module("NNCore", ["CKernels"]),
        tests("NNCore", ["CKernels", "OneDNN"], resources: [.copy("Fixtures")]),
        module("NNLayers", ["NNCore"]),
        tests("NNLayers", ["NNTesting", "OneDNN"], resources: [.copy("Fixtures")]),
        module("NNTesting", ["NNLayers"]),
        tests("NNTesting"),
        module("Backbones", ["NNLayers"]),
        tests("Backbones", ["NNTesting", "Heads"], resources: [.copy("Fixtures")]),
        module("Heads", ["NNLayers"]),
        tests("Heads", ["NNTesting"], resources: [.copy("Fixtures")]),
        module("Losses", ["NNLayers"]),
        tests("Losses", ["NNTesting"], resources: [.copy("Fixtures")]),
        .systemLibrary(
            name: "CPNG", path: "Packages/Datasets/Sources/CPNG", pkgConfig: "libpng",
            providers: [.apt(["libpng-dev"])]),
        .systemLibrary(
            name: "CJPEG", path: "Packages/Datasets/Sources/CJPEG", pkgConfig: "libjpeg",
            providers: [.apt(["libjpeg-dev"])]),
        .target(
            name: "CImages", dependencies: ["CPNG", "CJPEG"], path: "Packages/Datasets/Sources/CImages",
            linkerSettings: [.linkedLibrary("png"), .linkedLibrary("jpeg")]),
        module("Datasets", ["CImages", "NNLayers"]),
        tests("Datasets"),
        .systemLibrary(
            name: "CZip", path: "Packages/Weights/Sources/CZip", pkgConfig: "libzip",
            providers: [.apt(["libzip-dev"])]),
        module("Weights", ["CZip", "NNLayers"]),
        tests("Weights", ["NNTesting", "Backbones", "Heads"], resources: [.copy("Fixtures")]),
        module("Training", ["NNLayers", "Datasets", "Weights", .product(name: "Yams", package: "Yams")]),
        tests("Training", ["Backbones", "Heads", "Losses"], resources: [.copy("Fixtures")]),
        module(
            "CommandLine",
            [
                "Training", "Backbones", "Heads", "Losses", "Weights", "NNTesting",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .executableTarget(
            name: "nn",
            dependencies: [
                "CommandLine", .target(name: "OneDNN", condition: .when(traits: ["OneDNN"])),
                .target(name: "Keras", condition: .when(traits: ["Keras"])),
                .target(name: "ONNX", condition: .when(traits: ["ONNX"])),
            ],
            path: "Packages/CommandLine/Sources/nn"),
        tests("CommandLine"),
        .testTarget(name: "ToolTests", dependencies: ["nn", "Datasets", "NNLayers"], path: "Tests/ToolTests"),
        .testTarget(
            name: "CombinationTests", dependencies: ["Backbones", "Heads", "Training", "NNTesting", "OneDNN"],
            path: "Tests/CombinationTests"),
        .target(
            name: "COneDNN", path: "Plugins/OneDNN/Sources/COneDNN",
            linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
        .target(name: "OneDNN", dependencies: ["NNLayers", "COneDNN"], path: "Plugins/OneDNN/Sources/OneDNN"),
        .testTarget(
            name: "OneDNNTests", dependencies: ["OneDNN", "NNTesting"], path: "Plugins/OneDNN/Tests/OneDNNTests"),
        .systemLibrary(
            name: "CHDF5", path: "Plugins/Keras/Sources/CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
        .target(name: "Keras", dependencies: ["CHDF5", "Weights"], path: "Plugins/Keras/Sources/Keras"),
        .testTarget(
            name: "KerasTests", dependencies: ["Keras", "NNTesting", "Backbones", "Heads"],
            path: "Plugins/Keras/Tests/KerasTests", resources: [.copy("Fixtures")]),
        .target(
            name: "ONNX", dependencies: ["NNLayers", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
            path: "Plugins/ONNX/Sources/ONNX"),
        .testTarget(
            name: "ONNXTests", dependencies: ["ONNX", "NNTesting", "Backbones", "Heads", "Training"],
            path: "Plugins/ONNX/Tests/ONNXTests"),
    ],
    swiftLanguageModes: [.v6]
)
