// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "Winograd",
    products: [.library(name: "NNWinograd", targets: ["NNWinograd"])],
    dependencies: [.package(path: "../../Packages/NNCore"), .package(path: "../../Packages/NNLayers")],
    targets: [
        .target(name: "CNNWinograd", dependencies: [.product(name: "CNNKernels", package: "NNCore")]),
        .target(
            name: "NNWinograd", dependencies: ["CNNWinograd", .product(name: "NNLayers", package: "NNLayers")]),
    ],
    swiftLanguageModes: [.v6]
)
