// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "NNCore",
    products: [
        .library(name: "NNCore", targets: ["NNCore"]),
        // For the C code of other packages.
        .library(name: "CNNKernels", targets: ["CNNKernels"]),
    ],
    targets: [
        .target(name: "CNNKernels", linkerSettings: [.linkedLibrary("gomp", .when(platforms: [.linux]))]),
        .target(name: "NNCore", dependencies: ["CNNKernels"]),
    ],
    swiftLanguageModes: [.v6]
)
