// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "Backbones",
    products: [.library(name: "Backbones", targets: ["Backbones"])],
    dependencies: [.package(path: "../NNLayers"), .package(path: "../NNTesting")],
    targets: [
        .target(name: "Backbones", dependencies: ["NNLayers"]),
        .testTarget(name: "BackbonesTests", dependencies: ["Backbones", "NNTesting"]),
    ],
    swiftLanguageModes: [.v6]
)
