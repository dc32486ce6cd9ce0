// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "TIFF",
    products: [.library(name: "NNTIFF", targets: ["NNTIFF"])],
    dependencies: [.package(path: "../../Packages/Datasets")],
    targets: [
        .systemLibrary(name: "CNNLibTIFF", pkgConfig: "libtiff-4", providers: [.apt(["libtiff-dev"])]),
        .target(name: "CNNTIFF", dependencies: ["CNNLibTIFF"], linkerSettings: [.linkedLibrary("tiff")]),
        .target(name: "NNTIFF", dependencies: ["CNNTIFF", .product(name: "NNDatasets", package: "Datasets")]),
    ],
    swiftLanguageModes: [.v6]
)
