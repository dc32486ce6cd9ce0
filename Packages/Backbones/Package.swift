// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "Backbones",
    products: [.library(name: "NNBackbones", targets: ["NNBackbones"])],
    dependencies: [.package(path: "../NNLayers")],
    targets: [
        .target(name: "NNBackbones", dependencies: ["NNLayers"])
    ],
    swiftLanguageModes: [.v6]
)
