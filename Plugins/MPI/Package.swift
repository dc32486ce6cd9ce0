// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "MPI",
    products: [.library(name: "NNMPI", targets: ["NNMPI"])],
    traits: [
        .default(enabledTraits: []),
        .trait(name: "MPI", description: "Train on several machines (Debian: libopenmpi-dev)."),
    ],
    dependencies: [.package(path: "../../Packages/Training")],
    targets: [
        .systemLibrary(name: "CNNLibMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"])]),
        .target(
            name: "CNNMPI", dependencies: [.target(name: "CNNLibMPI", condition: .when(traits: ["MPI"]))],
            cSettings: [.define("NN_MPI", .when(traits: ["MPI"]))]),
        .target(name: "NNMPI", dependencies: ["CNNMPI", .product(name: "NNTraining", package: "Training")]),
    ],
    swiftLanguageModes: [.v6]
)
