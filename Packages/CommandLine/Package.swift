// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "CommandLine",
    products: [.library(name: "NNTool", targets: ["NNTool"])],
    dependencies: [
        .package(path: "../Training"),
        .package(path: "../Backbones"),
        .package(path: "../Heads"),
        .package(path: "../Losses"),
        .package(path: "../Optimizers"),
        .package(path: "../Plotting"),
        .package(path: "../Weights"),
        .package(path: "../NNTesting"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
    ],
    targets: [
        .target(
            name: "NNTool",
            dependencies: [
                "NNTraining", "NNBackbones", "NNHeads", "NNLosses", "NNOptimizers", "NNPlotting", "NNWeights",
                "NNTesting",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ])
    ],
    swiftLanguageModes: [.v6]
)
