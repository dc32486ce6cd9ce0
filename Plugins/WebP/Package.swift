// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "WebP",
    products: [.library(name: "NNWebP", targets: ["NNWebP"])],
    dependencies: [.package(path: "../../Packages/Datasets")],
    targets: [
        .systemLibrary(name: "CNNLibWebP", pkgConfig: "libwebp", providers: [.apt(["libwebp-dev"])]),
        .target(name: "CNNWebP", dependencies: ["CNNLibWebP"], linkerSettings: [.linkedLibrary("webp")]),
        .target(name: "NNWebP", dependencies: ["CNNWebP", .product(name: "NNDatasets", package: "Datasets")]),
    ],
    swiftLanguageModes: [.v6]
)
