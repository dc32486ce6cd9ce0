// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "Optimizers",
    products: [.library(name: "NNOptimizers", targets: ["NNOptimizers"])],
    dependencies: [.package(path: "../NNLayers")],
    targets: [
        .target(name: "NNOptimizers", dependencies: ["NNLayers"])
    ],
    swiftLanguageModes: [.v6]
)
