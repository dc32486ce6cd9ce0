// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "NNCore",
    products: [.library(name: "NNCore", targets: ["NNCore"])],
    targets: [
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-openmp-dev"])]),
        .target(name: "CKernels", linkerSettings: [.linkedLibrary("gomp", .when(platforms: [.linux]))]),
        .target(name: "NNCore", dependencies: ["CKernels", "COpenBLAS"]),
    ],
    swiftLanguageModes: [.v6]
)
