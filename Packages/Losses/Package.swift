// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "Losses",
    products: [.library(name: "Losses", targets: ["Losses"])],
    dependencies: [.package(path: "../NNLayers"), .package(path: "../NNTesting")],
    targets: [
        .target(name: "Losses", dependencies: ["NNLayers"]),
        .testTarget(name: "LossesTests", dependencies: ["Losses", "NNTesting"]),
    ],
    swiftLanguageModes: [.v6]
)
