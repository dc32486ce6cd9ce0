// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "BFloat16",
    products: [.library(name: "NNBFloat16", targets: ["NNBFloat16"])],
    dependencies: [.package(path: "../../Packages/NNCore"), .package(path: "../../Packages/NNLayers")],
    targets: [
        .target(name: "CNNBFloat16", dependencies: [.product(name: "CNNKernels", package: "NNCore")]),
        .target(
            name: "NNBFloat16", dependencies: ["CNNBFloat16", .product(name: "NNLayers", package: "NNLayers")]),
    ],
    swiftLanguageModes: [.v6]
)
