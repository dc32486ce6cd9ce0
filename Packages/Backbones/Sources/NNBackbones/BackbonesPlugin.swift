import NNLayers

/// The backbones of this module.
public struct BackbonesPlugin: Plugin {
    /// The name that messages show.
    public let name = "Backbones"

    /// The plugin; it has no settings.
    public init() {}

    /// Registers every backbone.
    /// - Throws: `RegistryError` where a name is taken.
    public func register(into registry: Registry) throws {
        try registry.register(
            .backbone, "features", summary: "features that another backbone computed, from the data set 'features'",
            FeatureInput.Options.self)
        try registry.register(
            .backbone, "resnet", summary: "ResNet-18 to 152 for large images (He et al. 2016)", ResNet.Options.self)
        try registry.register(
            .backbone, "resnet_cifar", summary: "ResNet of 6n + 2 layers for small images (He et al. 2016)",
            ResNetCifar.Options.self)
        try registry.register(
            .backbone, "vovnet", summary: "VoVNet-19 to 99, one-shot aggregation (Lee et al. 2019, 2020)",
            VoVNet.Options.self)
        try registry.register(
            .backbone, "vgg", summary: "VGG-11 to 19 (Simonyan and Zisserman 2015)", VGG.Options.self)
        try registry.register(
            .backbone, "vgg_segnet",
            summary: "the encoder of SegNet, with pooling indices (Badrinarayanan et al. 2017)",
            SegNetEncoder.Options.self)
        try registry.register(
            .backbone, "xception", summary: "Xception, of separable convolutions (Chollet 2017)",
            Xception.Options.self)
        try registry.register(
            .backbone, "mobilenet", summary: "MobileNet 1 and 2 (Howard et al. 2017, Sandler et al. 2018)",
            MobileNet.Options.self)
        try registry.register(
            .backbone, "sequential", summary: "stages of layers, each named with its options",
            SequentialBackbone.Options.self)
        try registry.register(
            .backbone, "densenet", summary: "DenseNet-121 to 201 (Huang et al. 2017)", DenseNet.Options.self)
        try registry.register(
            .backbone, "inception_resnet_v2", summary: "Inception-ResNet version 2 (Szegedy et al. 2016)",
            InceptionResNetV2.Options.self)
    }
}
