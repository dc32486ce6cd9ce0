// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "Heads",
    products: [.library(name: "NNHeads", targets: ["NNHeads"])],
    dependencies: [.package(path: "../NNLayers")],
    targets: [
        .target(name: "NNHeads", dependencies: ["NNLayers"])
    ],
    swiftLanguageModes: [.v6]
)
