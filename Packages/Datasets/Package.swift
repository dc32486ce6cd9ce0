// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "Datasets",
    products: [.library(name: "Datasets", targets: ["Datasets"])],
    dependencies: [.package(path: "../NNLayers")],
    targets: [
        .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"])]),
        .target(
            name: "CImages", dependencies: ["CPNG", "CJPEG"],
            linkerSettings: [.linkedLibrary("png"), .linkedLibrary("jpeg")]),
        .target(
            name: "Datasets", dependencies: ["CImages", .product(name: "NNLayers", package: "NNLayers")]),
    ],
    swiftLanguageModes: [.v6]
)
