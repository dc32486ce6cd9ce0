// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "OneDNN",
    products: [.library(name: "OneDNN", targets: ["OneDNN"])],
    traits: [
        .default(enabledTraits: ["OneDNN"]),
        .trait(name: "OneDNN", description: "Calculate with oneDNN (Debian: libdnnl-dev), the fast backend."),
    ],
    dependencies: [.package(path: "../../Packages/NNCore")],
    targets: [
        .systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"])]),
        .target(
            name: "OneDNN",
            dependencies: [
                .product(name: "NNCore", package: "NNCore"),
                .target(name: "COneDNN", condition: .when(traits: ["OneDNN"])),
            ]),
    ],
    swiftLanguageModes: [.v6]
)
