import NNLayers

/// The backbones of this module.
public struct BackbonesPlugin: Plugin {
    public let name = "Backbones"

    public init() {}

    public func register(into registry: Registry) throws {
        try registry.register(
            .backbone, "resnet", summary: "ResNet-18 to 152 for large images (He et al. 2016)",
            options: ResNetOptions.self
        ) { [unowned registry] options, _ in try ResNet(options, registry: registry) }
        try registry.register(
            .backbone, "resnet_cifar", summary: "ResNet of 6n + 2 layers for small images (He et al. 2016)",
            options: ResNetCifarOptions.self
        ) { [unowned registry] options, _ in try ResNetCifar(options, registry: registry) }
    }
}
