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
        .library(name: "Training", targets: ["Training"]),
        .library(name: "CommandLine", targets: ["CommandLine"]),
        .executable(name: "nn", targets: ["nn"]),
        .library(name: "OneDNN", targets: ["OneDNN"]),
    ],
    traits: [
        .default(enabledTraits: ["OneDNN"]),
        .trait(name: "OneDNN", description: "Calculate with oneDNN (Debian: libdnnl-dev), the fast backend."),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
    ],
    targets: [
        .systemLibrary(
            name: "COpenBLAS", path: "Packages/NNCore/Sources/COpenBLAS", pkgConfig: "openblas",
            providers: [.apt(["libopenblas-openmp-dev"])]),
        .target(
            name: "CKernels", path: "Packages/NNCore/Sources/CKernels",
            linkerSettings: [.linkedLibrary("gomp", .when(platforms: [.linux]))]),
        module("NNCore", ["CKernels", "COpenBLAS"]),
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
            providers: [.apt(["libjpeg62-turbo-dev"])]),
        .target(
            name: "CImages", dependencies: ["CPNG", "CJPEG"], path: "Packages/Datasets/Sources/CImages",
            linkerSettings: [.linkedLibrary("png"), .linkedLibrary("jpeg")]),
        module("Datasets", ["CImages", "NNLayers"]),
        tests("Datasets"),
        module("Training", ["NNLayers", "Datasets", .product(name: "Yams", package: "Yams")]),
        tests("Training", ["Backbones", "Heads", "Losses"], resources: [.copy("Fixtures")]),
        module(
            "CommandLine",
            [
                "Training", "Backbones", "Heads", "Losses",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .executableTarget(
            name: "nn", dependencies: ["CommandLine", .target(name: "OneDNN", condition: .when(traits: ["OneDNN"]))],
            path: "Packages/CommandLine/Sources/nn"),
        tests("CommandLine"),
        .testTarget(name: "ToolTests", dependencies: ["nn", "Datasets", "NNLayers"], path: "Tests/ToolTests"),
        .testTarget(
            name: "CombinationTests", dependencies: ["Backbones", "Heads", "Training", "OneDNN"],
            path: "Tests/CombinationTests"),
        .systemLibrary(
            name: "COneDNN", path: "Plugins/OneDNN/Sources/COneDNN", providers: [.apt(["libdnnl-dev"])]),
        .target(name: "CWeightOrder", path: "Plugins/OneDNN/Sources/CWeightOrder"),
        .target(
            name: "OneDNN",
            dependencies: ["NNLayers", "CWeightOrder", .target(name: "COneDNN", condition: .when(traits: ["OneDNN"]))],
            path: "Plugins/OneDNN/Sources/OneDNN"),
        .testTarget(
            name: "OneDNNTests", dependencies: ["OneDNN", "NNTesting"], path: "Plugins/OneDNN/Tests/OneDNNTests"),
    ],
    swiftLanguageModes: [.v6]
)
