// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "OneDNN",
    products: [.library(name: "OneDNN", targets: ["OneDNN"])],
    dependencies: [.package(path: "../../Packages/NNLayers")],
    targets: [
        .target(name: "COneDNN", linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
        .target(
            name: "OneDNN", dependencies: ["COneDNN", .product(name: "NNLayers", package: "NNLayers")]),
    ],
    swiftLanguageModes: [.v6]
)
