// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "Weights",
    products: [.library(name: "Weights", targets: ["Weights"])],
    dependencies: [.package(path: "../NNLayers")],
    targets: [
        .systemLibrary(name: "CZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"])]),
        .target(
            name: "Weights", dependencies: ["CZip", .product(name: "NNLayers", package: "NNLayers")]),
    ],
    swiftLanguageModes: [.v6]
)
