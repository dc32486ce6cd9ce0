import NNLayers
import NNWeights

/// Registers a component of almost every kind, each by its options.
public struct AllKindsPlugin: Plugin {
    public let name = "AllKinds"

    /// A plugin without options.
    public init() {}

    public func register(into registry: Registry) throws {
        try registry.register(
            .activation, "star_relu", summary: "s relu(x)^2 + b, with s and b learned (Yu et al. 2022)",
            StarReLU.Options.self)
        try registry.register(
            .normalization, "group_norm", summary: "over pixels and groups of channels (Wu and He 2018)",
            GroupNorm.Options.self)
        try registry.register(
            .attention, "simam", summary: "attention by energy, without parameters (Yang et al. 2021)",
            SimAM.Options.self)
        try registry.register(
            .layer, "blur_pool", summary: "a binomial blur, then every second pixel (Zhang 2019)", BlurPool.Options.self
        )
        try registry.register(
            .pooling, "log_sum_exp", summary: "a smooth maximum of each channel (Pinheiro and Collobert 2015)",
            LogSumExpPool.Options.self)
        try registry.register(
            .initializer, "orthogonal", summary: "orthonormal rows or columns (Saxe et al. 2014)", Orthogonal.self)
        try registry.register(
            .backbone, "convmixer", summary: "ConvMixer (Trockman and Kolter 2022)", ConvMixer.Options.self)
        try registry.register(
            .head, "generalized_mean", summary: "a classifier of generalized means (Radenović et al. 2018)",
            GeneralizedMeanClassifier.Options.self)
        try registry.register(
            .loss, "poly", summary: "cross entropy + epsilon (1 - p) (Leng et al. 2022)", PolyLoss.Options.self)
        try registry.register(.loss, "poisson", summary: "the likelihood of counts, for a task of its own") { _ in
            PoissonLoss()
        }
        try registry.register(.objectCount, summary: "the number of objects, as a Poisson regression")
        try registry.register(
            .dataset, "dots", summary: "Dots under noise, labelled by their number", Dots.Options.self)
        try registry.register(
            .dataset, "gratings", summary: "Noisy gratings, labelled by their orientation", Gratings.Options.self)
        try registry.register(
            .transform, "cutout", summary: "A random square filled with one value (DeVries and Taylor 2017)",
            Cutout.self)
        try registry.register(
            .sampler, "repeated_augmentation", summary: "Fewer samples, each several times (Hoffer et al. 2020)",
            RepeatedAugmentationSampler.Options.self)
        try registry.register(
            .metric, "calibration_error", summary: "How far confidence and accuracy differ (Guo et al. 2017)",
            CalibrationError.Options.self)
        try registry.register(
            .optimizer, "lion", summary: "The sign of interpolated momentum (Chen et al. 2023)", Lion.Options.self)
        try registry.register(
            .schedule, "inverse_root", summary: "1 / sqrt(step) after the warm-up (Vaswani et al. 2017)",
            InverseRootSchedule.Options.self)
        try registry.register(
            .callback, "stop_at_score", summary: "Stops when a score is reached", StopAtScore.Options.self)
        try registry.register(
            .nameMap, "timm_convmixer", summary: "ConvMixer of timm, for the backbone and a classifier named fc",
            TimmConvMixer.self)
    }
}
