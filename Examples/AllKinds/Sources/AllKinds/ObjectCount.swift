import NNLayers

extension PredictionTask {
    /// How many objects an image shows. A logit is the logarithm of the expected number, as in Poisson regression, so that
    /// predictions, and the errors that metrics measure, are its exponential.
    public static let objectCount = PredictionTask(
        "object_count", labels: .values, defaultLoss: "poisson", defaultMetrics: ["regression"]
    ) { $0.exp() }
}

/// The negative logarithm of the likelihood of counts y of a Poisson distribution with the logarithm z of its mean, up to
/// a constant: exp(z) - y z, averaged over images and outputs.
public final class PoissonLoss: Loss {
    /// The loss has no options.
    public init() {}

    /// Numbers.
    public var labelKinds: Set<LabelKind> { [.values] }

    /// The number of counts that are known, over which the loss is a mean.
    public func weight(of labels: Tensor) -> Double? { Double(labels.countOfKnown(ignoring: nil)) }

    /// The loss of a batch: one float32 number, of logits and counts `[N, C]`; counts that are NaN do not count.
    public func callAsFunction(_ logits: Tensor, labels: Tensor) -> Tensor {
        let isUnknown = labels.isNotEqual(to: labels)
        let known = 1 - isUnknown.cast(to: .float32)
        // Unknown numbers are replaced before any calculation, as 0 times NaN is NaN.
        let counts = labels.replacing(with: 0 as Float, where: isUnknown)
        let logits = logits.cast(to: .float32)
        return ((logits.exp() - counts * logits) * known).sum() / known.sum().clamped(min: 1)
    }
}
