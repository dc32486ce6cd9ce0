// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "Heads",
    products: [.library(name: "Heads", targets: ["Heads"])],
    dependencies: [.package(path: "../NNLayers")],
    targets: [
        .target(name: "Heads", dependencies: ["NNLayers"])
    ],
    swiftLanguageModes: [.v6]
)
