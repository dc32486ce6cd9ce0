import NNLayers

/// The losses of this module.
public struct LossesPlugin: Plugin {
    public let name = "Losses"

    public init() {}

    public func register(into registry: Registry) throws {
        try registry.register(
            .loss, "cross_entropy", summary: "softmax and cross entropy, of images or pixels",
            options: CrossEntropyOptions.self, build: CrossEntropy.init)
        try registry.register(
            .loss, "binary_cross_entropy", summary: "sigmoid and cross entropy: one logit for two classes, or one each",
            options: BinaryCrossEntropyOptions.self, build: BinaryCrossEntropy.init)
        try registry.register(
            .loss, "focal", summary: "cross entropy in which what is predicted well counts less (Lin et al. 2017)",
            options: FocalLossOptions.self, build: FocalLoss.init)
        try registry.register(
            .loss, "ohem", summary: "cross entropy of what is predicted worst: online hard example mining",
            options: HardExampleCrossEntropyOptions.self, build: HardExampleCrossEntropy.init)
        try registry.register(
            .loss, "dice", summary: "1 - soft Dice coefficient", options: DiceLossOptions.self, build: DiceLoss.init)
        try registry.register(
            .loss, "generalized_dice", summary: "1 - Dice coefficient with rare classes lifted (Sudre et al. 2017)",
            options: GeneralizedDiceLossOptions.self, build: GeneralizedDiceLoss.init)
        try registry.register(
            .loss, "tversky", summary: "1 - Tversky index: wrong and missed pixels count differently",
            options: TverskyLossOptions.self, build: TverskyLoss.init)
        try registry.register(
            .loss, "lovasz_softmax", summary: "surrogate of 1 - mean IoU (Berman et al. 2018)",
            options: LovaszSoftmaxLossOptions.self, build: LovaszSoftmaxLoss.init)
        // The registry keeps the closure, so that it must not keep the registry.
        try registry.register(
            .loss, "sum", summary: "weighted sum of losses", options: SumLossOptions.self
        ) { [unowned registry] options, environment in
            try SumLoss(options, environment, registry: registry)
        }
    }
}
