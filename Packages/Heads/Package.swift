// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "Heads",
    products: [.library(name: "Heads", targets: ["Heads"])],
    dependencies: [.package(path: "../NNLayers"), .package(path: "../NNTesting")],
    targets: [
        .target(name: "Heads", dependencies: ["NNLayers"]),
        .testTarget(name: "HeadsTests", dependencies: ["Heads", "NNTesting"]),
    ],
    swiftLanguageModes: [.v6]
)
