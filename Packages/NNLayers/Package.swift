// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "NNLayers",
    products: [.library(name: "NNLayers", targets: ["NNLayers"])],
    dependencies: [.package(path: "../NNCore"), .package(path: "../NNTesting")],
    targets: [
        .target(name: "NNLayers", dependencies: ["NNCore"]),
        .testTarget(name: "NNLayersTests", dependencies: ["NNLayers", "NNTesting"]),
    ],
    swiftLanguageModes: [.v6]
)
