// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "Plotting",
    products: [.library(name: "NNPlotting", targets: ["NNPlotting"])],
    dependencies: [.package(path: "../NNLayers"), .package(path: "../Datasets")],
    targets: [
        .target(
            name: "NNPlotting",
            dependencies: [
                .product(name: "NNLayers", package: "NNLayers"), .product(name: "NNDatasets", package: "Datasets"),
            ])
    ],
    swiftLanguageModes: [.v6]
)
