import NNLayers

/// The losses of this module.
public struct LossesPlugin: Plugin {
    /// The name that messages show.
    public let name = "Losses"

    /// The plugin; it has no settings.
    public init() {}

    /// Registers every loss.
    /// - Throws: `RegistryError` where a name is taken.
    public func register(into registry: Registry) throws {
        try registry.register(
            .loss, "cross_entropy", summary: "softmax and cross entropy, of images or pixels",
            CrossEntropy.Options.self)
        try registry.register(
            .loss, "binary_cross_entropy",
            summary: "sigmoid and cross entropy: one of two classes, or any number of classes",
            BinaryCrossEntropy.Options.self)
        try registry.register(
            .loss, "focal", summary: "cross entropy that down-weights easy examples (Lin et al. 2017)",
            FocalLoss.Options.self)
        try registry.register(
            .loss, "ohem", summary: "cross entropy of the hardest examples: online hard example mining",
            HardExampleCrossEntropy.Options.self)
        try registry.register(.loss, "dice", summary: "1 - soft Dice coefficient", DiceLoss.Options.self)
        try registry.register(
            .loss, "generalized_dice", summary: "1 - Dice coefficient that weights rare classes up (Sudre et al. 2017)",
            GeneralizedDiceLoss.Options.self)
        try registry.register(
            .loss, "tversky", summary: "1 - Tversky index: a factor each for false positives and false negatives",
            TverskyLoss.Options.self)
        try registry.register(
            .loss, "lovasz_softmax", summary: "surrogate of 1 - mean IoU (Berman et al. 2018)",
            LovaszSoftmaxLoss.Options.self)
        try registry.register(.loss, "mse", summary: "mean squared error of numbers") { _ in MeanSquaredError() }
        try registry.register(.loss, "mae", summary: "mean absolute error of numbers (L1)") { _ in MeanAbsoluteError() }
        try registry.register(
            .loss, "huber", summary: "squares of small errors, linear for large ones (Huber 1964)",
            HuberLoss.Options.self)
        try registry.register(
            .loss, "smooth_l1", summary: "Huber's loss divided by its threshold (Girshick 2015)",
            SmoothL1Loss.Options.self)
        try registry.register(.loss, "sum", summary: "weighted sum of losses", SumLoss.Options.self)
    }
}
