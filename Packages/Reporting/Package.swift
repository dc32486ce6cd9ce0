// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "Reporting",
    products: [.library(name: "NNReporting", targets: ["NNReporting"])],
    dependencies: [
        .package(path: "../NNLayers"), .package(path: "../Datasets"), .package(path: "../Plotting"),
        .package(path: "../Inference"), .package(path: "../Training"),
    ],
    targets: [
        .target(
            name: "NNReporting",
            dependencies: [
                .product(name: "NNLayers", package: "NNLayers"), .product(name: "NNDatasets", package: "Datasets"),
                .product(name: "NNPlotting", package: "Plotting"),
                .product(name: "NNInference", package: "Inference"),
                .product(name: "NNTraining", package: "Training"),
            ])
    ],
    swiftLanguageModes: [.v6]
)
