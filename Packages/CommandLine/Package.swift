// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "CommandLine",
    products: [.library(name: "CommandLine", targets: ["CommandLine"])],
    dependencies: [
        .package(path: "../Training"),
        .package(path: "../Backbones"),
        .package(path: "../Heads"),
        .package(path: "../Losses"),
        .package(path: "../Weights"),
        .package(path: "../NNTesting"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
    ],
    targets: [
        .target(
            name: "CommandLine",
            dependencies: [
                "Training", "Backbones", "Heads", "Losses", "Weights", "NNTesting",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ])
    ],
    swiftLanguageModes: [.v6]
)
