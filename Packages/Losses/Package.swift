// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "Losses",
    products: [.library(name: "Losses", targets: ["Losses"])],
    dependencies: [.package(path: "../NNLayers")],
    targets: [
        .target(name: "Losses", dependencies: ["NNLayers"])
    ],
    swiftLanguageModes: [.v6]
)
