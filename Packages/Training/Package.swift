// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "Training",
    products: [.library(name: "NNTraining", targets: ["NNTraining"])],
    dependencies: [
        .package(path: "../NNLayers"), .package(path: "../Optimizers"), .package(path: "../Datasets"),
        .package(path: "../Plotting"), .package(path: "../Inference"), .package(path: "../Weights"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
    ],
    targets: [
        .target(
            name: "NNTraining",
            dependencies: [
                .product(name: "NNLayers", package: "NNLayers"), .product(name: "NNOptimizers", package: "Optimizers"),
                .product(name: "NNDatasets", package: "Datasets"), .product(name: "NNPlotting", package: "Plotting"),
                .product(name: "NNInference", package: "Inference"),
                .product(name: "NNWeights", package: "Weights"), .product(name: "Logging", package: "swift-log"),
                .product(name: "Yams", package: "Yams"),
            ])
    ],
    swiftLanguageModes: [.v6]
)
