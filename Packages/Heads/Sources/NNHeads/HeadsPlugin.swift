import NNLayers

/// The heads of this module.
public struct HeadsPlugin: Plugin {
    public let name = "Heads"

    /// The plugin; it has no settings.
    public init() {}

    public func register(into registry: Registry) throws {
        try registry.register(
            .head, "classifier", summary: "global pooling, dropout, dense", Classifier.Options.self)
        try registry.register(
            .head, "mlp_classifier", summary: "global pooling and several dense layers",
            MLPClassifier.Options.self)
        try registry.register(
            .head, "deeplabv3plus", summary: "atrous pyramid, joined with a finer feature (Chen et al. 2018)",
            DeepLabV3Plus.Options.self)
        try registry.register(
            .head, "fcn", summary: "logits of one feature, resized; FCN-16s and 8s by an option (Long et al. 2015)",
            FCN.Options.self)
        try registry.register(
            .head, "jpu", summary: "joint pyramid upsampling and a DeepLabv3+ decoder (Wu et al. 2019)",
            JPU.Options.self)
        try registry.register(
            .head, "pspnet", summary: "pyramid pooling of one feature (Zhao et al. 2017)", PSPNet.Options.self)
        try registry.register(
            .head, "segnet", summary: "unpooling by the indices of the encoder (Badrinarayanan et al. 2017)",
            SegNet.Options.self)
        try registry.register(
            .head, "unet", summary: "upsampling and concatenation, stage by stage (Ronneberger et al. 2015)",
            UNet.Options.self)
        try registry.register(
            .head, "upernet", summary: "pyramid pooling and a feature pyramid (Xiao et al. 2018)",
            UPerNet.Options.self)
        try registry.register(
            .head, "upsample", summary: "SegNet with upsampling instead of unpooling, for any backbone",
            UpsampleHead.Options.self)
    }
}
