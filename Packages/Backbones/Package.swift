// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "Backbones",
    products: [.library(name: "Backbones", targets: ["Backbones"])],
    dependencies: [.package(path: "../NNLayers")],
    targets: [
        .target(name: "Backbones", dependencies: ["NNLayers"])
    ],
    swiftLanguageModes: [.v6]
)
