// swift-tools-version: 6.1
import PackageDescription

// Only NNCore and NNLayers are compiled: neither the YAML reader nor the argument parser, nor, with
// `traits: []`, the oneDNN backend.
let package = Package(
    name: "Spirals",
    dependencies: [.package(url: "https://github.com/nnkit/nnkit", from: "0.1.0", traits: [])],
    targets: [
        .executableTarget(
            name: "Spirals",
            dependencies: [
                .product(name: "NNCore", package: "nnkit"), .product(name: "NNLayers", package: "nnkit"),
            ])
    ]
)
