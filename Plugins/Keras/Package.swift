// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "Keras",
    products: [.library(name: "Keras", targets: ["Keras"])],
    dependencies: [.package(path: "../../Packages/Weights")],
    targets: [
        .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
        .target(name: "Keras", dependencies: ["CHDF5", .product(name: "Weights", package: "Weights")]),
    ],
    swiftLanguageModes: [.v6]
)
