// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "Losses",
    products: [.library(name: "NNLosses", targets: ["NNLosses"])],
    dependencies: [.package(path: "../NNLayers")],
    targets: [
        .target(name: "NNLosses", dependencies: ["NNLayers"])
    ],
    swiftLanguageModes: [.v6]
)
