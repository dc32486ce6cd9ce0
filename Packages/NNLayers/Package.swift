// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "NNLayers",
    products: [.library(name: "NNLayers", targets: ["NNLayers"])],
    dependencies: [.package(path: "../NNCore")],
    targets: [
        .target(name: "NNLayers", dependencies: ["NNCore"])
    ],
    swiftLanguageModes: [.v6]
)
