// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "NNTesting",
    products: [.library(name: "NNTesting", targets: ["NNTesting"])],
    dependencies: [.package(path: "../NNLayers")],
    targets: [
        .target(name: "NNTesting", dependencies: ["NNLayers"])
    ],
    swiftLanguageModes: [.v6]
)
