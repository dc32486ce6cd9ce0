import NNLayers

/// The backbones of this module.
public struct BackbonesPlugin: Plugin {
    public let name = "Backbones"

    public init() {}

    public func register(into registry: Registry) throws {
        try registry.register(
            .backbone, "features", summary: "features that another backbone made, from the data set 'features'",
            options: FeatureInputOptions.self
        ) { options, _ in try options.backbone() }
        try registry.register(
            .backbone, "resnet", summary: "ResNet-18 to 152 for large images (He et al. 2016)",
            options: ResNetOptions.self
        ) { [unowned registry] options, _ in try ResNet(options, registry: registry) }
        try registry.register(
            .backbone, "resnet_cifar", summary: "ResNet of 6n + 2 layers for small images (He et al. 2016)",
            options: ResNetCifarOptions.self
        ) { [unowned registry] options, _ in try ResNetCifar(options, registry: registry) }
        try registry.register(
            .backbone, "vovnet", summary: "VoVNet-19 to 99, one-shot aggregation (Lee et al. 2019, 2020)",
            options: VoVNetOptions.self
        ) { [unowned registry] options, _ in try VoVNet(options, registry: registry) }
        try registry.register(
            .backbone, "vgg", summary: "VGG-11 to 19 (Simonyan and Zisserman 2015)", options: VGGOptions.self
        ) { [unowned registry] options, _ in try VGG(options, registry: registry) }
        try registry.register(
            .backbone, "vgg_segnet",
            summary: "the encoder of SegNet, with pooling indices (Badrinarayanan et al. 2017)",
            options: SegNetEncoderOptions.self
        ) { [unowned registry] options, _ in try SegNetEncoder(options, registry: registry) }
        try registry.register(
            .backbone, "xception", summary: "Xception, of separable convolutions (Chollet 2017)",
            options: XceptionOptions.self
        ) { [unowned registry] options, _ in try Xception(options, registry: registry) }
        try registry.register(
            .backbone, "mobilenet", summary: "MobileNet 1 and 2 (Howard et al. 2017, Sandler et al. 2018)",
            options: MobileNetOptions.self
        ) { [unowned registry] options, _ in try options.backbone(registry: registry) }
        try registry.register(
            .backbone, "densenet", summary: "DenseNet-121 to 201 (Huang et al. 2017)", options: DenseNetOptions.self
        ) { [unowned registry] options, _ in try DenseNet(options, registry: registry) }
        try registry.register(
            .backbone, "inception_resnet_v2", summary: "Inception-ResNet version 2 (Szegedy et al. 2016)",
            options: InceptionResNetV2Options.self
        ) { [unowned registry] options, _ in try InceptionResNetV2(options, registry: registry) }
    }
}
