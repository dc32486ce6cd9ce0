// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "OneDNN",
    products: [.library(name: "NNOneDNN", targets: ["NNOneDNN"])],
    dependencies: [.package(path: "../../Packages/NNCore"), .package(path: "../../Packages/NNLayers")],
    targets: [
        .target(
            name: "CNNOneDNN", dependencies: [.product(name: "CNNKernels", package: "NNCore")],
            linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
        .target(
            name: "NNOneDNN", dependencies: ["CNNOneDNN", .product(name: "NNLayers", package: "NNLayers")]),
    ],
    swiftLanguageModes: [.v6]
)
