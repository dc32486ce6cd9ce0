// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "OneDNN",
    products: [.library(name: "OneDNN", targets: ["OneDNN"])],
    traits: [
        .default(enabledTraits: ["OneDNN"]),
        .trait(name: "OneDNN", description: "Calculate with oneDNN (Debian: libdnnl-dev), the fast backend."),
    ],
    dependencies: [.package(path: "../../Packages/NNLayers")],
    targets: [
        .systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"])]),
        .target(name: "CWeightOrder"),
        .target(
            name: "OneDNN",
            dependencies: [
                "CWeightOrder",
                .product(name: "NNLayers", package: "NNLayers"),
                .target(name: "COneDNN", condition: .when(traits: ["OneDNN"])),
            ]),
    ],
    swiftLanguageModes: [.v6]
)
