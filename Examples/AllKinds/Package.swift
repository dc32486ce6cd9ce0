// swift-tools-version: 6.1
import PackageDescription

// A plugin in a repository of its own, with a component of almost every kind: what each kind takes, and its test.
let package = Package(
    name: "AllKinds",
    products: [.library(name: "AllKinds", targets: ["AllKinds"])],
    dependencies: [.package(url: "https://github.com/nnkit/nnkit", from: "0.1.0")],
    targets: [
        .target(
            name: "AllKinds",
            dependencies: [
                .product(name: "NNLayers", package: "nnkit"), .product(name: "NNOptimizers", package: "nnkit"),
                .product(name: "NNDatasets", package: "nnkit"), .product(name: "NNWeights", package: "nnkit"),
                .product(name: "NNInference", package: "nnkit"), .product(name: "NNTraining", package: "nnkit"),
            ]),
        .executableTarget(
            name: "nn-all-kinds",
            dependencies: [
                "AllKinds", .product(name: "NNTool", package: "nnkit"), .product(name: "NNOneDNN", package: "nnkit"),
            ]),
        .testTarget(
            name: "AllKindsTests",
            dependencies: [
                "AllKinds", .product(name: "NNHeads", package: "nnkit"), .product(name: "NNTesting", package: "nnkit"),
                .product(name: "NNPluginTesting", package: "nnkit"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)
