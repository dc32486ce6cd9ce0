import NNLayers

/// Blends each picture of a batch with another one of it (Zhang et al. 2018).
///
/// The batch then has two labels a picture, see ``Batch/mixture``. A batch that is mixed already stays as it is.
public struct Mixup: BatchTransform, ComponentOptions {
    /// The parameter of the beta distribution that shares are drawn from; the larger, the more equal they are.
    public var alpha = 0.2
    /// The probability of mixing a batch.
    public var probability: Float = 1

    public init() {}

    public init(alpha: Double, probability: Float = 1) {
        self.alpha = alpha
        self.probability = probability
    }

    public func validate() throws { try OptionError.requireMixing(alpha, probability) }

    public func callAsFunction(_ batch: Batch, random: inout RandomGenerator) -> Batch {
        guard let (order, share) = batch.draw(alpha, probability, &random) else { return batch }
        return Batch(
            images: batch.images.mixed(with: order, share: Float(share)), labels: batch.labels, indices: batch.indices,
            mixture: LabelMixture(labels: batch.labels.slices(order), share: Float(share)))
    }
}

extension OptionError {
    static func requireMixing(_ alpha: Double, _ probability: Float) throws(OptionError) {
        guard 1e-6...1000 ~= alpha else {
            throw OptionError("alpha", "must be from 0.000001 to 1000, not \(alpha)")
        }
        try requireProbability(probability, "probability")
    }
}

extension Batch {
    /// Draws the picture that each is mixed with, and the share of those; nil to mix nothing.
    func draw(
        _ alpha: Double, _ probability: Float, _ random: inout RandomGenerator
    ) -> (order: [Int], share: Double)? {
        let isMixed = Float(random.unit()) < probability
        let share = 1 - random.beta(alpha)
        guard isMixed, mixture == nil, count > 1 else { return nil }
        return (RandomKey(seed: random.next()).permutation(count), share)
    }
}
