// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "NNTesting",
    products: [.library(name: "NNTesting", targets: ["NNTesting"])],
    dependencies: [.package(path: "../NNLayers")],
    targets: [
        .target(name: "NNTesting", dependencies: ["NNLayers"]),
        .testTarget(name: "NNTestingTests", dependencies: ["NNTesting"]),
    ],
    swiftLanguageModes: [.v6]
)
