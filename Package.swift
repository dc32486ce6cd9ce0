// swift-tools-version: 6.1
import PackageDescription

/// A module in `Packages/FOLDER/Sources/NAME`. The manifests in `Packages` build one module alone;
/// this one names the same targets by path, because a package that others depend on by version
/// cannot itself depend on packages by path.
func module(_ name: String, in folder: String? = nil, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Packages/\(folder ?? name)/Sources/\(name)")
}

/// The tests of a module, in `Packages/FOLDER/Tests/NAMETests`.
func tests(
    _ name: String, in folder: String? = nil, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []
) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.init(stringLiteral: name)] + dependencies,
        path: "Packages/\(folder ?? name)/Tests/\(name)Tests", resources: resources)
}

/// What `Tests/FuzzingTests` gives arbitrary bytes to.
let fuzzedModules: [Target.Dependency] = [
    "NNLayers", "NNBackbones", "NNHeads", "NNLosses", "NNOptimizers", "NNDatasets", "NNWeights", "NNInference",
    "NNTraining", "NNKeras", "NNTIFF", "NNWebP",
]

let package = Package(
    name: "nnkit",
    products: [
        .library(name: "NNCore", targets: ["NNCore"]),
        .library(name: "NNLayers", targets: ["NNLayers"]),
        .library(name: "NNTesting", targets: ["NNTesting"]),
        .library(name: "NNBackbones", targets: ["NNBackbones"]),
        .library(name: "NNHeads", targets: ["NNHeads"]),
        .library(name: "NNLosses", targets: ["NNLosses"]),
        .library(name: "NNOptimizers", targets: ["NNOptimizers"]),
        .library(name: "NNDatasets", targets: ["NNDatasets"]),
        .library(name: "NNWeights", targets: ["NNWeights"]),
        .library(name: "NNPlotting", targets: ["NNPlotting"]),
        .library(name: "NNInference", targets: ["NNInference"]),
        .library(name: "NNTraining", targets: ["NNTraining"]),
        .library(name: "NNReporting", targets: ["NNReporting"]),
        .library(name: "NNPluginTesting", targets: ["NNPluginTesting"]),
        .library(name: "NNTool", targets: ["NNTool"]),
        .executable(name: "nn", targets: ["nn"]),
        .library(name: "NNOneDNN", targets: ["NNOneDNN"]),
        .library(name: "NNONNX", targets: ["NNONNX"]),
        .library(name: "NNKeras", targets: ["NNKeras"]),
        .library(name: "NNMPI", targets: ["NNMPI"]),
        .library(name: "NNTensorBoard", targets: ["NNTensorBoard"]),
        .library(name: "NNTIFF", targets: ["NNTIFF"]),
        .library(name: "NNWebP", targets: ["NNWebP"]),
        .library(name: "NNWinograd", targets: ["NNWinograd"]),
        .library(name: "NNBFloat16", targets: ["NNBFloat16"]),
    ],
    traits: [
        .default(enabledTraits: ["OneDNN", "Keras", "ONNX", "TensorBoard", "TIFF", "WebP", "Winograd", "BFloat16"]),
        .trait(name: "OneDNN", description: "Let nn calculate with oneDNN, the fast backend, where it is installed."),
        .trait(name: "Keras", description: "Let nn read weights of Keras from HDF5 files (Debian: libhdf5-dev)."),
        .trait(name: "MPI", description: "Let nn train on several machines by Open MPI (Debian: libopenmpi-dev)."),
        .trait(name: "ONNX", description: "Let nn export networks as ONNX files (by swift-protobuf)."),
        .trait(name: "TensorBoard", description: "Let nn write event files of TensorBoard (by swift-protobuf)."),
        .trait(name: "TIFF", description: "Let nn read TIFF images of any number of bands (Debian: libtiff-dev)."),
        .trait(name: "WebP", description: "Let nn read WebP images (Debian: libwebp-dev)."),
        .trait(name: "Winograd", description: "Let nn calculate 3x3 convolutions by Winograd's method."),
        .trait(name: "BFloat16", description: "Let nn multiply bfloat16 by tiles on processors with AMX."),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-protobuf.git", from: "1.39.0"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
    ],
    targets: [
        .target(
            name: "CNNKernels", path: "Packages/NNCore/Sources/CNNKernels",
            linkerSettings: [.linkedLibrary("gomp", .when(platforms: [.linux]))]),
        module("NNCore", ["CNNKernels"]),
        tests("NNCore", ["CNNKernels", "NNOneDNN", "NNWinograd", "NNBFloat16"], resources: [.copy("Fixtures")]),
        module("NNLayers", ["NNCore"]),
        tests("NNLayers", ["NNTesting", "NNOneDNN"], resources: [.copy("Fixtures")]),
        module("NNTesting", ["NNLayers"]),
        tests("NNTesting"),
        module("NNBackbones", in: "Backbones", ["NNLayers"]),
        tests("NNBackbones", in: "Backbones", ["NNTesting", "NNHeads"], resources: [.copy("Fixtures")]),
        module("NNHeads", in: "Heads", ["NNLayers"]),
        tests("NNHeads", in: "Heads", ["NNTesting"], resources: [.copy("Fixtures")]),
        module("NNLosses", in: "Losses", ["NNLayers"]),
        tests("NNLosses", in: "Losses", ["NNTesting"], resources: [.copy("Fixtures")]),
        module("NNOptimizers", in: "Optimizers", ["NNLayers"]),
        tests("NNOptimizers", in: "Optimizers", ["NNTesting"]),
        .systemLibrary(
            name: "CNNPNG", path: "Packages/Datasets/Sources/CNNPNG", pkgConfig: "libpng",
            providers: [.apt(["libpng-dev"])]),
        .systemLibrary(
            name: "CNNJPEG", path: "Packages/Datasets/Sources/CNNJPEG", pkgConfig: "libjpeg",
            providers: [.apt(["libjpeg-dev"])]),
        .target(
            name: "CNNImages", dependencies: ["CNNKernels", "CNNPNG", "CNNJPEG"],
            path: "Packages/Datasets/Sources/CNNImages",
            linkerSettings: [.linkedLibrary("png"), .linkedLibrary("jpeg")]),
        module("NNDatasets", in: "Datasets", ["CNNImages", "NNLayers"]),
        tests("NNDatasets", in: "Datasets", resources: [.copy("Fixtures")]),
        .systemLibrary(
            name: "CNNZip", path: "Packages/Weights/Sources/CNNZip", pkgConfig: "libzip",
            providers: [.apt(["libzip-dev"])]),
        module("NNWeights", in: "Weights", ["CNNZip", "NNLayers"]),
        tests("NNWeights", in: "Weights", ["NNTesting", "NNBackbones", "NNHeads"], resources: [.copy("Fixtures")]),
        module("NNPlotting", in: "Plotting", ["NNDatasets", "NNLayers"]),
        tests("NNPlotting", in: "Plotting"),
        module("NNInference", in: "Inference", ["NNLayers", "NNOptimizers", "NNDatasets", "NNPlotting"]),
        tests("NNInference", in: "Inference", resources: [.copy("Fixtures")]),
        module(
            "NNTraining", in: "Training",
            [
                "NNLayers", "NNOptimizers", "NNDatasets", "NNPlotting", "NNInference", "NNWeights",
                .product(name: "Logging", package: "swift-log"), .product(name: "Yams", package: "Yams"),
            ]),
        tests("NNTraining", in: "Training", ["NNBackbones", "NNHeads", "NNLosses", "NNOptimizers"]),
        module(
            "NNReporting", in: "Reporting",
            ["NNLayers", "NNDatasets", "NNPlotting", "NNInference", "NNTraining"]),
        tests("NNReporting", in: "Reporting", ["NNBackbones", "NNHeads", "NNLosses", "NNOptimizers"]),
        module(
            "NNPluginTesting", in: "PluginTesting",
            ["NNTesting", "NNDatasets", "NNOptimizers", "NNWeights", "NNInference", "NNTraining"]),
        tests("NNPluginTesting", in: "PluginTesting", ["NNBackbones", "NNHeads"]),
        module(
            "NNTool", in: "CommandLine",
            [
                "NNTraining", "NNInference", "NNBackbones", "NNHeads", "NNLosses", "NNOptimizers", "NNPlotting",
                "NNWeights", "NNReporting", "NNTesting",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .executableTarget(
            name: "nn",
            dependencies: [
                "NNTool", .target(name: "NNOneDNN", condition: .when(traits: ["OneDNN"])),
                .target(name: "NNKeras", condition: .when(traits: ["Keras"])),
                .target(name: "NNMPI", condition: .when(traits: ["MPI"])),
                .target(name: "NNONNX", condition: .when(traits: ["ONNX"])),
                .target(name: "NNTensorBoard", condition: .when(traits: ["TensorBoard"])),
                .target(name: "NNTIFF", condition: .when(traits: ["TIFF"])),
                .target(name: "NNWebP", condition: .when(traits: ["WebP"])),
                .target(name: "NNWinograd", condition: .when(traits: ["Winograd"])),
                .target(name: "NNBFloat16", condition: .when(traits: ["BFloat16"])),
            ],
            path: "Packages/CommandLine/Sources/nn"),
        tests("NNTool", in: "CommandLine"),
        .testTarget(name: "ToolTests", dependencies: ["nn", "NNDatasets", "NNLayers"], path: "Tests/ToolTests"),
        .testTarget(
            name: "CombinationTests",
            dependencies: [
                "NNBackbones", "NNHeads", "NNTraining", "NNTesting", "NNPluginTesting", "NNTool", "NNOneDNN", "NNKeras",
                "NNONNX", "NNReporting", "NNTensorBoard", "NNTIFF", "NNWebP", "NNWinograd", "NNBFloat16",
            ],
            path: "Tests/CombinationTests"),
        .testTarget(
            name: "LibraryTests",
            dependencies: [
                "NNLayers", "NNBackbones", "NNHeads", "NNLosses", "NNOptimizers", "NNDatasets", "NNWeights",
                "NNPlotting",
                "NNInference", "NNTraining", "NNReporting", "NNTesting", "NNPluginTesting", "NNOneDNN", "NNKeras",
                "NNONNX", "NNTensorBoard", "NNTIFF", "NNWebP", "NNWinograd", "NNBFloat16",
            ],
            path: "Tests/LibraryTests"),
        // The readers with the inputs that fuzzing has found; `make fuzz` builds the fuzzer of the same readers.
        .testTarget(
            name: "FuzzingTests", dependencies: fuzzedModules, path: "Tests/FuzzingTests", exclude: ["Fuzzer"],
            sources: ["Targets", "Replay"], resources: [.copy("Corpus")]),
        // A plugin as third parties write it: sources and tests of a package of its own, compiled here as one module. As
        // a test target it takes no name from that package.
        .testTarget(
            name: "AllKindsTests",
            dependencies: [
                "NNLayers", "NNHeads", "NNOptimizers", "NNDatasets", "NNWeights", "NNInference", "NNTraining",
                "NNTesting", "NNPluginTesting",
            ],
            path: "Examples/AllKinds",
            exclude: ["Package.swift", "Sources/nn-all-kinds", "all_kinds.yaml", "count.yaml"],
            sources: ["Sources/AllKinds", "Tests/AllKindsTests"]),
        .target(
            name: "CNNOneDNN", dependencies: ["CNNKernels"], path: "Plugins/OneDNN/Sources/CNNOneDNN",
            linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
        .target(name: "NNOneDNN", dependencies: ["NNLayers", "CNNOneDNN"], path: "Plugins/OneDNN/Sources/NNOneDNN"),
        .testTarget(
            name: "NNOneDNNTests", dependencies: ["NNOneDNN", "NNTesting"], path: "Plugins/OneDNN/Tests/NNOneDNNTests"),
        .target(
            name: "CNNWinograd", dependencies: ["CNNKernels"], path: "Plugins/Winograd/Sources/CNNWinograd"),
        .target(
            name: "NNWinograd", dependencies: ["NNLayers", "CNNWinograd"], path: "Plugins/Winograd/Sources/NNWinograd"),
        .testTarget(
            name: "NNWinogradTests", dependencies: ["NNWinograd", "CNNWinograd", "NNTesting"],
            path: "Plugins/Winograd/Tests/NNWinogradTests"),
        .target(
            name: "CNNBFloat16", dependencies: ["CNNKernels"], path: "Plugins/BFloat16/Sources/CNNBFloat16"),
        .target(
            name: "NNBFloat16", dependencies: ["NNLayers", "CNNBFloat16"], path: "Plugins/BFloat16/Sources/NNBFloat16"),
        .testTarget(
            name: "NNBFloat16Tests", dependencies: ["NNBFloat16", "CNNBFloat16", "NNTesting"],
            path: "Plugins/BFloat16/Tests/NNBFloat16Tests"),
        .systemLibrary(
            name: "CNNLibHDF5", path: "Plugins/Keras/Sources/CNNLibHDF5", pkgConfig: "hdf5",
            providers: [.apt(["libhdf5-dev"])]),
        .target(name: "CNNHDF5", dependencies: ["CNNLibHDF5"], path: "Plugins/Keras/Sources/CNNHDF5"),
        .target(name: "NNKeras", dependencies: ["CNNHDF5", "NNWeights"], path: "Plugins/Keras/Sources/NNKeras"),
        .testTarget(
            name: "NNKerasTests", dependencies: ["NNKeras", "CNNHDF5", "NNTesting", "NNBackbones", "NNHeads"],
            path: "Plugins/Keras/Tests/NNKerasTests", resources: [.copy("Fixtures")]),
        // The trait is off by default: without it the C file does not use MPI, and its header need not be there.
        .systemLibrary(
            name: "CNNLibMPI", path: "Plugins/MPI/Sources/CNNLibMPI", pkgConfig: "ompi-c",
            providers: [.apt(["libopenmpi-dev"])]),
        .target(
            name: "CNNMPI", dependencies: [.target(name: "CNNLibMPI", condition: .when(traits: ["MPI"]))],
            path: "Plugins/MPI/Sources/CNNMPI", cSettings: [.define("NN_MPI", .when(traits: ["MPI"]))]),
        .target(name: "NNMPI", dependencies: ["CNNMPI", "NNTraining"], path: "Plugins/MPI/Sources/NNMPI"),
        .testTarget(name: "NNMPITests", dependencies: ["NNMPI"], path: "Plugins/MPI/Tests/NNMPITests"),
        .target(
            name: "NNTensorBoard",
            dependencies: ["NNTraining", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
            path: "Plugins/TensorBoard/Sources/NNTensorBoard"),
        .testTarget(
            name: "NNTensorBoardTests",
            dependencies: [
                "NNTensorBoard", "NNBackbones", "NNHeads", "NNLosses", "NNOptimizers", "NNPluginTesting",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            path: "Plugins/TensorBoard/Tests/NNTensorBoardTests"),
        .systemLibrary(
            name: "CNNLibTIFF", path: "Plugins/TIFF/Sources/CNNLibTIFF", pkgConfig: "libtiff-4",
            providers: [.apt(["libtiff-dev"])]),
        .target(
            name: "CNNTIFF", dependencies: ["CNNLibTIFF"], path: "Plugins/TIFF/Sources/CNNTIFF",
            linkerSettings: [.linkedLibrary("tiff")]),
        .target(name: "NNTIFF", dependencies: ["CNNTIFF", "NNDatasets"], path: "Plugins/TIFF/Sources/NNTIFF"),
        .testTarget(
            name: "NNTIFFTests", dependencies: ["NNTIFF", "NNDatasets"], path: "Plugins/TIFF/Tests/NNTIFFTests",
            resources: [.copy("Fixtures")]),
        .systemLibrary(
            name: "CNNLibWebP", path: "Plugins/WebP/Sources/CNNLibWebP", pkgConfig: "libwebp",
            providers: [.apt(["libwebp-dev"])]),
        .target(
            name: "CNNWebP", dependencies: ["CNNLibWebP"], path: "Plugins/WebP/Sources/CNNWebP",
            linkerSettings: [.linkedLibrary("webp")]),
        .target(name: "NNWebP", dependencies: ["CNNWebP", "NNDatasets"], path: "Plugins/WebP/Sources/NNWebP"),
        .testTarget(
            name: "NNWebPTests", dependencies: ["NNWebP", "NNDatasets"], path: "Plugins/WebP/Tests/NNWebPTests",
            resources: [.copy("Fixtures")]),
        .target(
            name: "NNONNX", dependencies: ["NNLayers", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
            path: "Plugins/ONNX/Sources/NNONNX"),
        .testTarget(
            name: "NNONNXTests", dependencies: ["NNONNX", "NNTesting", "NNBackbones", "NNHeads", "NNTraining"],
            path: "Plugins/ONNX/Tests/NNONNXTests"),
    ],
    swiftLanguageModes: [.v6]
)

// The fuzzer has no `main`, which libFuzzer brings: so it is a product only where `Scripts/fuzz` asks for it.
if Context.environment["NN_FUZZER"] != nil {
    package.targets.removeAll { $0.type == .test }
    package.targets.append(
        .executableTarget(
            name: "fuzzer", dependencies: fuzzedModules, path: "Tests/FuzzingTests", exclude: ["Replay", "Corpus"],
            sources: ["Targets", "Fuzzer"]))
    package.products.append(.executable(name: "fuzzer", targets: ["fuzzer"]))
}
