import NNLayers

/// The heads of this module.
public struct HeadsPlugin: Plugin {
    public let name = "Heads"

    public init() {}

    public func register(into registry: Registry) throws {
        try registerClassifiers(registry)
        try registerSegmenters(registry)
    }

    private func registerClassifiers(_ registry: Registry) throws {
        try registry.register(
            .head, "classifier", summary: "global average pool, dropout, dense", options: ClassifierOptions.self
        ) { options, environment in
            let feature = environment.features[try environment.placeOfCoarsest(for: "classifier")]
            return Classifier(
                inputChannels: feature.channels, classCount: environment.classCount, dropout: options.dropout)
        }
        try registry.register(
            .head, "mlp_classifier", summary: "global average pool and several dense layers",
            options: MLPClassifierOptions.self
        ) { [unowned registry] options, environment in
            try MLPClassifier(options, for: environment, registry: registry)
        }
    }

    private func registerSegmenters(_ registry: Registry) throws {
        try registry.register(
            .head, "deeplabv3plus", summary: "atrous pyramid, joined with a finer feature (Chen et al. 2018)",
            options: DeepLabV3PlusOptions.self
        ) { [unowned registry] options, environment in
            try DeepLabV3Plus(options, for: environment, registry: registry)
        }
        try registry.register(
            .head, "fcn", summary: "scores of one feature, enlarged; FCN-16s and 8s by an option (Long et al. 2015)",
            options: FCNOptions.self
        ) { [unowned registry] options, environment in
            try FCN(options, for: environment, registry: registry)
        }
        try registry.register(
            .head, "jpu", summary: "joint pyramid upsampling and a DeepLabv3+ decoder (Wu et al. 2019)",
            options: JPUOptions.self
        ) { [unowned registry] options, environment in
            try JPU(options, for: environment, registry: registry)
        }
        try registry.register(
            .head, "pspnet", summary: "pyramid pooling of one feature (Zhao et al. 2017)", options: PSPNetOptions.self
        ) { [unowned registry] options, environment in
            try PSPNet(options, for: environment, registry: registry)
        }
        try registry.register(
            .head, "segnet", summary: "un-pooling by the indices of the encoder (Badrinarayanan et al. 2017)",
            options: SegNetOptions.self
        ) { [unowned registry] options, environment in
            try SegNet(options, for: environment, registry: registry)
        }
        try registry.register(
            .head, "unet", summary: "upsampling and concatenation, stage by stage (Ronneberger et al. 2015)",
            options: UNetOptions.self
        ) { [unowned registry] options, environment in
            try UNet(options, for: environment, registry: registry)
        }
        try registry.register(
            .head, "upernet", summary: "pyramid pooling and a feature pyramid (Xiao et al. 2018)",
            options: UPerNetOptions.self
        ) { [unowned registry] options, environment in
            try UPerNet(options, for: environment, registry: registry)
        }
        try registry.register(
            .head, "upsample", summary: "SegNet with upsampling in place of un-pooling, for any backbone",
            options: UpsampleOptions.self
        ) { [unowned registry] options, environment in
            try UpsampleHead(options, for: environment, registry: registry)
        }
    }
}
