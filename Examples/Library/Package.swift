// swift-tools-version: 6.1
import PackageDescription

// The trait list is empty: the program links the backend itself, and needs neither Keras files nor ONNX.
let package = Package(
    name: "Library",
    dependencies: [.package(url: "https://github.com/nnkit/nnkit", from: "0.1.0", traits: [])],
    targets: [
        .executableTarget(
            name: "Library",
            dependencies: [
                .product(name: "NNBackbones", package: "nnkit"), .product(name: "NNDatasets", package: "nnkit"),
                .product(name: "NNHeads", package: "nnkit"), .product(name: "NNLayers", package: "nnkit"),
                .product(name: "NNLosses", package: "nnkit"), .product(name: "NNOneDNN", package: "nnkit"),
                .product(name: "NNOptimizers", package: "nnkit"),
            ])
    ]
)
