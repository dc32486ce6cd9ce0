// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "Datasets",
    products: [.library(name: "NNDatasets", targets: ["NNDatasets"])],
    dependencies: [.package(path: "../NNCore"), .package(path: "../NNLayers")],
    targets: [
        .systemLibrary(name: "CNNPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(name: "CNNJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"])]),
        .target(
            name: "CNNImages", dependencies: [.product(name: "CNNKernels", package: "NNCore"), "CNNPNG", "CNNJPEG"],
            linkerSettings: [.linkedLibrary("png"), .linkedLibrary("jpeg")]),
        .target(
            name: "NNDatasets", dependencies: ["CNNImages", .product(name: "NNLayers", package: "NNLayers")]),
    ],
    swiftLanguageModes: [.v6]
)
