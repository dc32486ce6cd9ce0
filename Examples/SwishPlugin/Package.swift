// swift-tools-version: 6.1
import PackageDescription

// A plugin in a repository of its own: a component, its test, and a tool that knows it.
let package = Package(
    name: "SwishPlugin",
    products: [.library(name: "SwishPlugin", targets: ["SwishPlugin"])],
    dependencies: [.package(url: "https://github.com/nnkit/nnkit", from: "0.1.0")],
    targets: [
        .target(name: "SwishPlugin", dependencies: [.product(name: "NNLayers", package: "nnkit")]),
        .executableTarget(
            name: "nn-swish",
            dependencies: [
                "SwishPlugin", .product(name: "NNTool", package: "nnkit"),
                .product(name: "NNOneDNN", package: "nnkit"),
            ]),
        .testTarget(
            name: "SwishPluginTests",
            dependencies: ["SwishPlugin", .product(name: "NNTesting", package: "nnkit")]),
    ],
    swiftLanguageModes: [.v6]
)
