// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "Training",
    products: [.library(name: "Training", targets: ["Training"])],
    dependencies: [.package(path: "../NNLayers"), .package(path: "../Datasets")],
    targets: [
        .target(
            name: "Training",
            dependencies: [
                .product(name: "NNLayers", package: "NNLayers"), .product(name: "Datasets", package: "Datasets"),
            ]),
        .testTarget(name: "TrainingTests", dependencies: ["Training"]),
    ],
    swiftLanguageModes: [.v6]
)
