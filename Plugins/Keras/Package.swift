// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "Keras",
    products: [.library(name: "NNKeras", targets: ["NNKeras"])],
    dependencies: [.package(path: "../../Packages/Weights")],
    targets: [
        .systemLibrary(name: "CNNLibHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
        .target(name: "CNNHDF5", dependencies: ["CNNLibHDF5"]),
        .target(name: "NNKeras", dependencies: ["CNNHDF5", .product(name: "NNWeights", package: "Weights")]),
    ],
    swiftLanguageModes: [.v6]
)
