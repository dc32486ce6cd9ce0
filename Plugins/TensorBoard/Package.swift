// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "TensorBoard",
    products: [.library(name: "NNTensorBoard", targets: ["NNTensorBoard"])],
    dependencies: [
        .package(path: "../../Packages/Training"),
        .package(url: "https://github.com/apple/swift-protobuf.git", from: "1.39.0"),
    ],
    targets: [
        .target(
            name: "NNTensorBoard",
            dependencies: [
                .product(name: "NNTraining", package: "Training"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ])
    ],
    swiftLanguageModes: [.v6]
)
