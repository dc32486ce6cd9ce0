// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "Inference",
    products: [.library(name: "NNInference", targets: ["NNInference"])],
    dependencies: [
        .package(path: "../NNLayers"), .package(path: "../Optimizers"), .package(path: "../Datasets"),
        .package(path: "../Plotting"),
    ],
    targets: [
        .target(
            name: "NNInference",
            dependencies: [
                .product(name: "NNLayers", package: "NNLayers"), .product(name: "NNOptimizers", package: "Optimizers"),
                .product(name: "NNDatasets", package: "Datasets"), .product(name: "NNPlotting", package: "Plotting"),
            ])
    ],
    swiftLanguageModes: [.v6]
)
