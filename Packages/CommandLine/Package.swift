// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "CommandLine",
    products: [.library(name: "NNTool", targets: ["NNTool"])],
    dependencies: [
        .package(path: "../Training"),
        .package(path: "../Inference"),
        .package(path: "../Backbones"),
        .package(path: "../Heads"),
        .package(path: "../Losses"),
        .package(path: "../Optimizers"),
        .package(path: "../Plotting"),
        .package(path: "../Weights"),
        .package(path: "../Reporting"),
        .package(path: "../NNTesting"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
    ],
    targets: [
        .target(
            name: "NNTool",
            dependencies: [
                .product(name: "NNTraining", package: "Training"),
                .product(name: "NNInference", package: "Inference"),
                .product(name: "NNBackbones", package: "Backbones"), .product(name: "NNHeads", package: "Heads"),
                .product(name: "NNLosses", package: "Losses"),
                .product(name: "NNOptimizers", package: "Optimizers"),
                .product(name: "NNPlotting", package: "Plotting"),
                .product(name: "NNWeights", package: "Weights"),
                .product(name: "NNReporting", package: "Reporting"),
                .product(name: "NNTesting", package: "NNTesting"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ])
    ],
    swiftLanguageModes: [.v6]
)
