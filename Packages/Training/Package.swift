// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "Training",
    products: [.library(name: "Training", targets: ["Training"])],
    dependencies: [
        .package(path: "../NNLayers"), .package(path: "../Datasets"), .package(path: "../Backbones"),
        .package(path: "../Heads"), .package(path: "../Losses"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
    ],
    targets: [
        .target(
            name: "Training",
            dependencies: [
                .product(name: "NNLayers", package: "NNLayers"), .product(name: "Datasets", package: "Datasets"),
                .product(name: "Yams", package: "Yams"),
            ]),
        .testTarget(
            name: "TrainingTests",
            dependencies: [
                "Training", .product(name: "Backbones", package: "Backbones"),
                .product(name: "Heads", package: "Heads"), .product(name: "Losses", package: "Losses"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)
