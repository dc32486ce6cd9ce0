// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "ONNX",
    products: [.library(name: "NNONNX", targets: ["NNONNX"])],
    dependencies: [
        .package(path: "../../Packages/NNLayers"),
        .package(url: "https://github.com/apple/swift-protobuf.git", from: "1.39.0"),
    ],
    targets: [
        .target(
            name: "NNONNX",
            dependencies: [
                .product(name: "NNLayers", package: "NNLayers"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ])
    ],
    swiftLanguageModes: [.v6]
)
