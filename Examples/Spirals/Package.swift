// swift-tools-version: 6.1
import PackageDescription

// Neither the YAML reader nor the argument parser is compiled. OneDNN needs no line in the program: what is linked
// with it calculates with it, where the library is installed.
let package = Package(
    name: "Spirals",
    dependencies: [.package(url: "https://github.com/nnkit/nnkit", from: "0.1.0", traits: [])],
    targets: [
        .executableTarget(
            name: "Spirals",
            dependencies: [
                .product(name: "NNLayers", package: "nnkit"), .product(name: "NNOptimizers", package: "nnkit"),
                .product(name: "NNOneDNN", package: "nnkit"),
            ])
    ]
)
