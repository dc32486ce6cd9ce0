// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "Weights",
    products: [.library(name: "NNWeights", targets: ["NNWeights"])],
    dependencies: [.package(path: "../NNLayers")],
    targets: [
        .systemLibrary(name: "CNNZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"])]),
        .target(
            name: "NNWeights", dependencies: ["CNNZip", .product(name: "NNLayers", package: "NNLayers")]),
    ],
    swiftLanguageModes: [.v6]
)
