// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "PluginTesting",
    products: [.library(name: "NNPluginTesting", targets: ["NNPluginTesting"])],
    dependencies: [
        .package(path: "../NNTesting"), .package(path: "../Datasets"), .package(path: "../Optimizers"),
        .package(path: "../Weights"), .package(path: "../Inference"), .package(path: "../Training"),
    ],
    targets: [
        .target(
            name: "NNPluginTesting",
            dependencies: [
                "NNTesting", .product(name: "NNDatasets", package: "Datasets"),
                .product(name: "NNOptimizers", package: "Optimizers"),
                .product(name: "NNWeights", package: "Weights"),
                .product(name: "NNInference", package: "Inference"),
                .product(name: "NNTraining", package: "Training"),
            ])
    ],
    swiftLanguageModes: [.v6]
)
